import { alert, announce } from '$lib/announce.svelte';
import type { Conversation, Entry } from '$lib/api/types';
import { clockTime, t } from '$lib/i18n';
import { failureText } from '$lib/inbox/failures';
import type { Inbox, News } from '$lib/inbox/inbox.svelte';
import { lineOf, writtenIn } from '$lib/inbox/kinds';
import { glimpse } from '$lib/inbox/long-text';
import type { Preferences } from '$lib/preferences';
import { notify } from './notifications';
import { alertsOf, type Alert } from './rules';
import { play } from './sounds.svelte';

interface Options {
  inbox: Inbox;
  preferences: () => Preferences;
  /** The conversation on the screen, whether or not the window has the focus. */
  open: () => string | null;
  now: () => number;
  go: (conversation: string) => void;
}

/** An entry of a conversation unknown until now is news only when it is this young. */
const YOUNG = 10 * 60_000;
const BURST = 2_000;
/** More alerts than this in one frame become one notification. */
const SINGLY = 3;

/** Turns what live frames bring into sounds, notifications and words for screen readers. */
export class Hearing {
  #options: Options;
  #told = new Set<string>();
  #burst: Entry[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  hear(news: News): void {
    const fresh = news.entries.filter((entry) => this.#isNew(entry, news));
    const { inbox, open } = this.#options;
    const watching = document.hasFocus() ? open() : null;
    const attention = { me: inbox.agentId, watching };
    const alerts = alertsOf(fresh, (id) => inbox.conversations.get(id), attention);
    this.#sound(alerts);
    this.#notify(alerts);
    for (const entry of fresh) this.#speak(entry);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #isNew(entry: Entry, news: News): boolean {
    const key = `${entry.id} ${entry.delivery === 'failed' ? 'failed' : ''}`;
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    if (entry.delivery === 'failed') return true;
    const before = news.before(entry.conversation_id);
    if (before) return entry.seq > (entry.direction === 'in' ? before.last_inbound_seq : before.last_seq);
    return this.#options.now() - Date.parse(entry.at) < YOUNG;
  }

  #sound(alerts: Alert[]): void {
    const { sounds, sounds_in_front, volume } = this.#options.preferences();
    const failed = alerts.find(({ sound }) => sound === 'failed');
    const first = failed ?? (document.hasFocus() && !sounds_in_front ? undefined : alerts[0]);
    if (first && sounds) play(first.sound, volume);
  }

  #notify(alerts: Alert[]): void {
    if (!this.#options.preferences().notifications || document.hasFocus()) return;
    if (alerts.length > SINGLY) {
      notify(t('app.name'), t('alert.many', { count: alerts.length }), 'many', () => undefined);
      return;
    }
    for (const { entry, conversation, sound } of alerts) {
      const body = sound === 'assigned' ? t('alert.assigned') : bodyOf(entry);
      notify(conversation.contact.name, body, conversation.id, () => this.#options.go(conversation.id));
    }
  }

  /** Only what happens in the open conversation is spoken; of many messages at once only their number. */
  #speak(entry: Entry): void {
    if (entry.conversation_id !== this.#options.open()) return;
    if (entry.delivery === 'failed' && entry.failure) {
      alert(t('status.failed', { reason: failureText(entry.failure) }));
      return;
    }
    if (entry.direction !== 'in') return;
    this.#burst.push(entry);
    if (this.#burst.length === 1) announce(this.#words(entry));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#endBurst(), BURST);
  }

  #endBurst(): void {
    const [, ...rest] = this.#burst;
    this.#burst = [];
    if (rest.length + 1 > SINGLY) announce(t('thread.new_below', { count: rest.length + 1 }));
    else if (rest.length > 0) announce(rest.map((entry) => this.#words(entry)).join('. '));
  }

  #words(entry: Entry): string {
    const conversation: Conversation | undefined = this.#options.inbox.conversations.get(
      entry.conversation_id,
    );
    const name = conversation?.contact.name ?? '';
    return t('announce.message', { name, text: bodyOf(entry), time: clockTime(entry.at) });
  }
}

function bodyOf(entry: Entry): string {
  const kind = lineOf(entry);
  const words = kind ? t(kind.label) : '';
  return [words, glimpse(writtenIn(entry))].filter((part) => part !== '').join(': ');
}
