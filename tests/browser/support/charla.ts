import { Program } from './program';

interface FirstLine {
  url: string;
  sign_in_link: string;
  sandbox_url: string;
  control_url: string;
}

interface Thread {
  messages: PhoneMessage[];
}

interface PhoneMessage {
  id: string;
  from: 'customer' | 'business';
  type: string;
  text: string | null;
  status: string;
  payload: Record<string, unknown> | null;
  file: { mime_type: string; file_size: number } | null;
}

interface Person {
  wa_id: string | null;
  threads: { typing: boolean }[];
}

/** `charla demo`: a server, a sandbox and sample data. */
export class Charla {
  private constructor(private readonly program: Program<FirstLine>) {}

  static async start(name: string): Promise<Charla> {
    return new Charla(await Program.start<FirstLine>(name, 'demo', '--json'));
  }

  get said(): FirstLine {
    return this.program.said;
  }

  stop(): Promise<void> {
    return this.program.stop();
  }

  /** The sandbox's control API. */
  async control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.said.control_url}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Puts a file on the customers' phones: its id. */
  async put(mime: string, bytes: Buffer): Promise<string> {
    const headers = { 'content-type': mime };
    const body = new Uint8Array(bytes);
    const answer = await fetch(`${this.said.control_url}/files`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`files: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { id: string }).id;
  }

  /** Whether every webhook has been delivered. */
  async delivered(): Promise<boolean> {
    const state = await this.control<{ callback: { waiting: number } }>('GET', 'state');
    return state.callback.waiting === 0;
  }

  /** Moves business time on; the sandbox and Charla follow. */
  async later(time: { hours?: number; minutes?: number }): Promise<void> {
    const seconds = (time.hours ?? 0) * 3600 + (time.minutes ?? 0) * 60;
    await this.control('POST', 'clock', { advance_seconds: seconds });
  }

  /** A new customer, who looks at their phone only when told to. */
  async customer(name: string, number = anyNumber()): Promise<Customer> {
    await this.control('POST', 'customers', { name, wa_id: number });
    await this.control('PATCH', `customers/${number}`, { reads: 'manual' });
    return new Customer(this, number, name);
  }
}

function anyNumber(): string {
  return `34699${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`;
}

export class Customer {
  constructor(
    private readonly charla: Charla,
    readonly number: string,
    readonly name: string,
  ) {}

  async writes(...texts: string[]): Promise<void> {
    for (const text of texts) {
      await this.charla.control('POST', `customers/${this.number}/messages`, { type: 'text', text });
    }
  }

  /** Sends a file, of this type as the phone says. */
  async sends(kind: string, mime: string, bytes: Buffer, more: Record<string, unknown> = {}): Promise<void> {
    const file = await this.charla.put(mime, bytes);
    const message = { type: kind, file, ...more };
    await this.charla.control('POST', `customers/${this.number}/messages`, message);
  }

  /** Sends a message of any kind, as WhatsApp's platform has it; its id. */
  async tells(type: string, payload: unknown, reply_to?: string): Promise<string> {
    const message = { type, payload, ...(reply_to === undefined ? {} : { reply_to }) };
    const path = `customers/${this.number}/messages`;
    return (await this.charla.control<{ id: string }>('POST', path, message)).id;
  }

  /** The messages on this phone, the oldest first. */
  async thread(): Promise<PhoneMessage[]> {
    return (await this.charla.control<Thread>('GET', `customers/${this.number}/messages`)).messages;
  }

  /** What the business sent, the oldest first. */
  async got(): Promise<PhoneMessage[]> {
    return (await this.thread()).filter(({ from }) => from === 'business');
  }

  async reads(): Promise<void> {
    await this.charla.control('POST', `customers/${this.number}/read`, {});
  }

  /** Whether this phone shows that the business is writing. */
  async seesTyping(): Promise<boolean> {
    const { customers } = await this.charla.control<{ customers: Person[] }>('GET', 'state');
    const person = customers.find(({ wa_id }) => wa_id === this.number);
    return person?.threads.some(({ typing }) => typing) ?? false;
  }

  /** The texts of the business on this phone. */
  async received(): Promise<string[]> {
    const thread = await this.charla.control<Thread>('GET', `customers/${this.number}/messages`);
    return thread.messages
      .filter((message) => message.from === 'business')
      .map((message) => message.text ?? '');
  }
}
