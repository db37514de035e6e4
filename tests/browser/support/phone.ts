import { expect, type Locator, type Page } from '@playwright/test';
import type { Customer } from './charla';

const WORDS = {
  en: { write: /^Write as /, look: 'Look now', find: 'Name or number', messages: /^Messages of / },
  es: { write: /^Escribe como /, look: 'Mirar ahora', find: 'Nombre o número', messages: /^Mensajes de / },
} as const;

/** A customer's phone on the sandbox's page, played by hand. */
export class Phone {
  private constructor(
    private readonly page: Page,
    private readonly words: (typeof WORDS)['en' | 'es'],
    private readonly customer: Customer,
  ) {}

  /** Opens the sandbox's page and takes up the customer's phone. */
  static async open(page: Page, sandbox: string, language: 'en' | 'es', customer: Customer): Promise<Phone> {
    await page.goto(sandbox);
    const phone = new Phone(page, WORDS[language], customer);
    await phone.device.getByRole('button', { expanded: false }).first().click();
    await phone.device.getByRole('searchbox', { name: phone.words.find }).fill(customer.name);
    // The one who is played already has a button of their own above the list.
    await phone.device.getByRole('button', { name: customer.name }).last().click();
    await expect(phone.device).toHaveAccessibleName(new RegExp(customer.name));
    return phone;
  }

  private get device(): Locator {
    return this.page.locator('section.phone').first();
  }

  /** The message with this text on its screen. */
  message(text: string | RegExp): Locator {
    return this.device
      .getByRole('log', { name: this.words.messages })
      .getByRole('listitem')
      .filter({ hasText: text });
  }

  async types(text: string): Promise<void> {
    const field = this.device.getByRole('textbox', { name: this.words.write });
    await field.fill(text);
    await field.press('Enter');
  }

  async writes(text: string): Promise<void> {
    await this.types(text);
    await expect(this.message(text), `${this.customer.name} wrote`).toBeVisible();
  }

  async looks(): Promise<void> {
    await this.device.getByRole('button', { name: this.words.look }).click();
  }
}
