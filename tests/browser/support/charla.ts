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
  async customer(name: string): Promise<Customer> {
    const number = `34699${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`;
    await this.control('POST', 'customers', { name, wa_id: number });
    await this.control('PATCH', `customers/${number}`, { reads: 'manual' });
    return new Customer(this, number, name);
  }
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

  async reads(): Promise<void> {
    await this.charla.control('POST', `customers/${this.number}/read`, {});
  }

  /** The texts of the business on this phone. */
  async received(): Promise<string[]> {
    const thread = await this.charla.control<Thread>('GET', `customers/${this.number}/messages`);
    return thread.messages
      .filter((message) => message.from === 'business')
      .map((message) => message.text ?? '');
  }
}
