import { Program } from './program';

interface FirstLine {
  graph_url: string;
  control_url: string;
  access_token: string;
  phone_number_id: string;
}

/** `charla sandbox` by itself, with the business's side of it. */
export class Meta {
  private constructor(private readonly program: Program<FirstLine>) {}

  static async start(): Promise<Meta> {
    return new Meta(await Program.start<FirstLine>('sandbox', 'sandbox', '--listen', '127.0.0.1:0'));
  }

  get url(): string {
    return this.program.said.graph_url;
  }

  stop(): Promise<void> {
    return this.program.stop();
  }

  /** What the customer with this number wrote last. */
  async lastOf(number: string): Promise<Record<string, unknown> | undefined> {
    const answer = await fetch(`${this.program.said.control_url}/customers/${number}/messages`);
    const { messages } = (await answer.json()) as { messages: Record<string, unknown>[] };
    return messages.findLast((message) => message.from === 'customer');
  }

  async upload(type: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', type);
    form.set('file', new Blob([bytes], { type }), 'file');
    return (await this.#post<{ id: string }>('media', form)).id;
  }

  /** The business sends a message of any type; its id. */
  async send(number: string, type: string, content: unknown, more: object = {}): Promise<string> {
    const body = { messaging_product: 'whatsapp', to: `+${number}`, type, [type]: content, ...more };
    const sent = await this.#post<{ messages: [{ id: string }] }>('messages', JSON.stringify(body));
    return sent.messages[0].id;
  }

  async #post<T>(path: string, body: FormData | string): Promise<T> {
    const { graph_url, phone_number_id, access_token } = this.program.said;
    const answer = await fetch(`${graph_url}/v25.0/${phone_number_id}/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${access_token}`,
        ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      },
      body,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }
}
