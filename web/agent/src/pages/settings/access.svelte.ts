import type { Agent, Channel, Ingest, Me } from '$lib/api/types';
import { isProblem } from '$lib/api/problem';
import { problemText } from '$lib/i18n';
import type { Inbox } from '$lib/inbox/inbox.svelte';

/** The workspace whose settings are shown, as its live connection tells it, and what I may do in it. */
export class Access {
  readonly path: string;
  readonly #inbox: Inbox;

  constructor(inbox: Inbox) {
    this.path = `/workspaces/${inbox.id}`;
    this.#inbox = inbox;
  }

  get ready(): boolean {
    return this.#inbox.state === 'ready';
  }

  /** Whether there is no such workspace, or not for this person. */
  get missing(): boolean {
    return this.#inbox.state === 'failed' && isProblem(this.#inbox.problem, 'not-found');
  }

  get problem(): string | undefined {
    return this.#inbox.state === 'failed' ? problemText(this.#inbox.problem) : undefined;
  }

  load(): Promise<void> {
    return this.#inbox.open();
  }

  get me(): Me | undefined {
    return this.#inbox.me;
  }

  /** Everybody who is or was in the team; another list whenever something about it has changed. */
  get agents(): readonly Agent[] {
    return this.#inbox.agents;
  }

  get channels(): readonly Channel[] {
    return this.#inbox.channels;
  }

  get ingest(): Ingest {
    return this.#inbox.ingest;
  }

  may(permission: 'manage_agents' | 'manage_health' | 'manage_channels'): boolean {
    return this.me?.permissions.includes(permission) ?? false;
  }

  /** The names of those whom one can ask. */
  get admins(): string[] {
    return this.agents.filter(({ role, former }) => role !== 'agent' && !former).map(({ name }) => name);
  }
}
