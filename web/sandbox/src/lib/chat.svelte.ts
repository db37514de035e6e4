// The messages of one customer with one number, as their phone shows them.

import { control, type Message } from './control';
import { Refresher } from './refresher';

export class Chat {
  messages = $state.raw<Message[] | null>(null);
  failed = $state(false);
  readonly #refresher: Refresher;

  constructor(customer: string, number: string) {
    this.#refresher = new Refresher(async () => {
      try {
        const { messages } = await control.messages(customer, number);
        this.messages = messages;
        this.failed = false;
      } catch {
        this.failed = true;
      }
    });
  }

  refresh(): Promise<void> {
    return this.#refresher.ask();
  }
}
