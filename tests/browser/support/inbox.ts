import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

/** The words on the screen that the tests look for. */
const WORDS = {
  en: {
    conversations: 'Conversations',
    messages: 'Messages',
    reply: 'Reply',
    note: 'Private note',
    unseen: '(unseen)',
    seen: '(seen)',
    undo: 'Undo',
    find: 'Find a name or a number',
    back: 'Back',
  },
  es: {
    conversations: 'Conversaciones',
    messages: 'Mensajes',
    reply: 'Responder',
    note: 'Nota privada',
    unseen: '(no visto)',
    seen: '(visto)',
    undo: 'Deshacer',
    find: 'Buscar un nombre o un número',
    back: 'Volver',
  },
} as const;

export type View = 'mine' | 'unassigned' | 'all' | 'expiring' | 'resolved';

/** The agents' inbox, by the names that a screen reader would say. */
export class Inbox {
  readonly words: (typeof WORDS)['en' | 'es'];

  constructor(
    readonly page: Page,
    language: 'en' | 'es',
  ) {
    this.words = WORDS[language];
  }

  /** Opens the inbox at a view. */
  async open(view: View = 'unassigned'): Promise<void> {
    await this.page.goto('/');
    await this.page.waitForURL(/\/w\/[^/]+\/inbox\//);
    await this.page.goto(`/w/${this.workspace}/inbox/${view}`);
    await expect(this.list).toBeVisible();
  }

  private get workspace(): string {
    const id = /\/w\/([^/]+)/.exec(this.page.url())?.[1];
    if (id === undefined) throw new Error(`no workspace in ${this.page.url()}`);
    return id;
  }

  /** Waits until the server has applied all that was delivered to it. */
  async applied(): Promise<void> {
    await expect
      .poll(async () => {
        const answer = await this.page.request.get(`/api/v1/workspaces/${this.workspace}/health`);
        return ((await answer.json()) as { journal: { waiting: number } }).journal.waiting;
      })
      .toBe(0);
  }

  get list(): Locator {
    return this.page.getByRole('listbox', { name: this.words.conversations });
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: this.words.messages });
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: this.words.reply });
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
    await this.row(name).click();
    await expect(this.row(name)).toHaveAttribute('aria-selected', 'true');
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await expect(this.message(text)).toBeVisible();
    await expect(this.composer).toHaveValue('');
  }
}
