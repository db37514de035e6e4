import { execFileSync } from 'node:child_process';

const root = new URL('../../..', import.meta.url).pathname;

/** Builds the program once, unless one is named, and tells the workers where it is. */
export default function build(): void {
  process.env.CHARLA_BIN ??= built();
}

function built(): string {
  const arguments_ = ['build', '--quiet', '--package', 'charla', '--message-format', 'json'];
  const printed = execFileSync('cargo', arguments_, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  for (const line of printed.trim().split('\n')) {
    const message = JSON.parse(line) as { target?: { name: string }; executable?: string | null };
    if (message.target?.name === 'charla' && message.executable) return message.executable;
  }
  throw new Error('cargo named no program');
}
