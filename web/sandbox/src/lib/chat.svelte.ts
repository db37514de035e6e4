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

const THERE: readonly Message['status'][] = ['delivered', 'read', 'played'];

/**
 * What the business sent is on the phone once it was delivered; what the customer wrote always is. Of a reaction
 * Meta tells no more than that it was sent.
 */
function isOnThePhone(message: Message): boolean {
  const reacts = message.type === 'reaction' && message.status === 'sent';
  return message.from === 'customer' || reacts || THERE.includes(message.status);
}
