import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The built program, running on a folder of its own. */
export class Program<FirstLine> {
  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    private readonly folder: string,
    /** The first line it printed. */
    readonly said: FirstLine,
  ) {}

  static async start<FirstLine>(name: string, ...words: string[]): Promise<Program<FirstLine>> {
    const program = process.env.CHARLA_BIN;
    if (program === undefined) throw new Error('CHARLA_BIN is not set: did support/build.ts run?');
    const folder = mkdtempSync(join(tmpdir(), `charla-${name}-`));
    const log = join(folder, 'log');
    const child = spawn(program, words, {
      cwd: folder,
      // The demo's own temporary folder lies in ours, and so goes with it.
      env: {
        ...withoutSettings(),
        TMPDIR: folder,
        CHARLA_DATA_DIR: join(folder, 'data'),
        CHARLA_LISTEN: '127.0.0.1:0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.pipe(createWriteStream(log));
    const lines = createInterface({ input: child.stdout });
    const first = await Promise.race([
      once(lines, 'line').then(([line]) => String(line)),
      once(child, 'exit').then(([code]) => {
        throw new Error(`charla ${words.join(' ')} ended with ${code}:\n${readFileSync(log, 'utf8')}`);
      }),
    ]);
    return new Program(child, folder, JSON.parse(first) as FirstLine);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CHARLA_')));
}
