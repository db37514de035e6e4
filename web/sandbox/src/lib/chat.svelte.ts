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
        this.messages = messages.filter(isOnThePhone);
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

/** What the business sent is on the phone once it was delivered; what the customer wrote always is. */
function isOnThePhone(message: Message): boolean {
  return message.from === 'customer' || message.status === 'delivered' || message.status === 'read';
}
