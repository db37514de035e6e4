import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

/** The words on the screen that the tests look for. */
const WORDS = {
  en: {
    pane: 'Conversations',
    rows: /^Conversations, /,
    messages: /^Messages with /,
    writeTo: /^Write to /,
    note: 'Private note',
    send: 'Send',
    unseen: '(unseen)',
    seen: '(seen)',
    undo: 'Undo',
    draft: 'Draft',
    back: 'Back to the list',
    reconnecting: 'Reconnecting',
    tryAgain: 'Try again',
    health: 'Health',
    windowClosed: 'Window closed',
  },
  es: {
    pane: 'Conversaciones',
    rows: /^Conversaciones, /,
    messages: /^Mensajes con /,
    writeTo: /^Escribe a /,
    note: 'Nota privada',
    send: 'Enviar',
    unseen: '(no visto)',
    seen: '(visto)',
    undo: 'Deshacer',
    draft: 'Borrador',
    back: 'Volver a la lista',
    reconnecting: 'Reconectando',
    tryAgain: 'Probar otra vez',
    health: 'Estado',
    windowClosed: 'Ventana cerrada',
  },
} as const;

export type View = 'mine' | 'unassigned' | 'all' | 'expiring' | 'resolved';

/** The agents' inbox, by the names that a screen reader would say. */
export class Inbox {
  readonly words: (typeof WORDS)['en' | 'es'];

  constructor(
    readonly page: Page,
    readonly language: 'en' | 'es',
  ) {
    this.words = WORDS[language];
  }

  /** Opens the inbox at a view, in the language of the test. */
  async open(view: View = 'unassigned'): Promise<void> {
    const { page, language } = this;
    await page.goto('/');
    await this.#prefer({ locale: language });
    await page.waitForURL(/\/w\/[^/]+\/inbox\//);
    await this.page.goto(`/w/${this.workspace}/inbox/${view}`);
    await expect(this.page.getByRole('region', { name: this.words.pane, exact: true })).toBeVisible();
  }

  /** From now on an answer can be taken back for so long, in seconds of business time. */
  async undoFor(undo_seconds: number): Promise<void> {
    await this.#prefer({ preferences: { undo_seconds } });
  }

  async #prefer(data: object): Promise<void> {
    const { origin } = new URL(this.page.url());
    await this.page.request.patch('/api/v1/me', { data, headers: { origin } });
  }

  get workspace(): string {
    const id = /\/w\/([^/]+)/.exec(this.page.url())?.[1];
    if (id === undefined) throw new Error(`no workspace in ${this.page.url()}`);
    return id;
  }

  /** Waits until the server has applied all that was delivered to it. */
  async applied(): Promise<void> {
    await expect
      .poll(
        async () => {
          const answer = await this.page.request.get(`/api/v1/workspaces/${this.workspace}/health`);
          return ((await answer.json()) as { journal: { waiting: number } }).journal.waiting;
        },
        { timeout: 60_000 },
      )
      .toBe(0);
  }

  get list(): Locator {
    return this.page.getByRole('listbox', { name: this.words.rows });
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: this.words.messages });
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: this.words.writeTo });
  }

  row(name: string): Locator {
    return this.list.getByRole('option', { name: new RegExp(`^${name}`) });
  }

  /** The article of the message with this text. */
  message(text: string): Locator {
    return this.log.getByRole('article').filter({ hasText: text });
  }

  /** Opens a customer's conversation. */
  async choose(name: string): Promise<void> {
    // A row may still find its place while the list fills: whoever misses it clicks again.
    await expect(async () => {
      await this.row(name).click();
      await expect(this.row(name)).toHaveAttribute('aria-selected', 'true', { timeout: 2_000 });
    }).toPass();
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await expect(this.message(text)).toBeVisible();
    await expect(this.composer).toHaveValue('');
  }
}
