import { get, post, put, remove } from '$lib/api/client';
import type { Apps, BusinessNumber, MetaApp, SelfTest, Setup } from '$lib/api/types';
import { locale, problemText } from '$lib/i18n';

/** The steps as they are shown; the server's are finer. */
export const STEPS = ['app', 'account', 'number', 'webhook', 'first'] as const;
export type Shown = (typeof STEPS)[number];

/** Which shown step a step of the server belongs to. */
export const SHOWN: Record<Setup['step'], Shown> = {
  token: 'app',
  account: 'account',
  number: 'number',
  verify: 'number',
  register: 'number',
  connect: 'webhook',
  webhook: 'webhook',
  first_event: 'first',
  done: 'first',
};

/** A number on its way to be connected: what the server knows of it, and what is shown. */
export class Wizard {
  apps = $state.raw<readonly MetaApp[]>([]);
  /** Meta's script for signing up in a window, and whose windows speak to ours. */
  script = $state('');
  origins = $state.raw<readonly string[]>([]);
  setup = $state.raw<Setup>();
  numbers = $state.raw<readonly BusinessNumber[]>();
  test = $state.raw<SelfTest>();
  loaded = $state(false);
  problem = $state<string>();
  /** The step that somebody went back to. */
  #chosen = $state<Shown>();

  readonly #path: string;

  constructor(ws: string) {
    this.#path = `/workspaces/${ws}`;
  }

  /** The furthest step that can be shown. */
  get reached(): Shown {
    return this.setup ? SHOWN[this.setup.step] : 'app';
  }

  get shown(): Shown {
    return this.#chosen ?? this.reached;
  }

  isDone(step: Shown): boolean {
    return this.setup?.step === 'done' || STEPS.indexOf(step) < STEPS.indexOf(this.reached);
  }

  show(step: Shown): void {
    this.#chosen = step === this.reached ? undefined : step;
  }

  /** Loads the apps, and the setup that is gone on with. */
  async load(id: string | undefined): Promise<void> {
    this.problem = undefined;
    try {
      await this.#loadApps();
      if (id !== undefined && this.setup?.id !== id) {
        this.setup = await get<Setup>(`${this.#path}/setups/${id}`);
      }
    } catch (thrown) {
      this.problem = problemText(thrown);
    }
    this.loaded = true;
  }

  async #loadApps(): Promise<void> {
    const { apps, signup_script, signup_origins } = await get<Apps>(`${this.#path}/apps`);
    this.apps = apps;
    this.script = signup_script;
    this.origins = signup_origins;
  }

  async bring(name: string, app: { app_id: string; secret: string; config_id?: string }): Promise<MetaApp> {
    const brought = await put<MetaApp>(`${this.#path}/apps/${encodeURIComponent(name)}`, app);
    await this.#loadApps();
    return brought;
  }

  /** Begins through this app, unless that was done; `channel` is connected anew. */
  async begin(app: string, channel: string | null): Promise<Setup> {
    if (this.setup?.app === app) return this.setup;
    const begun = await post<Setup>(`${this.#path}/setups`, { app, channel_id: channel });
    // Whoever turns to another app leaves what was begun through the first.
    if (this.setup) void remove(`${this.#path}/setups/${this.setup.id}`).catch(() => undefined);
    return begun;
  }

  /** Takes a step; what it leads to is shown. */
  async take(setup: Setup, step: string, body: unknown): Promise<void> {
    this.setup = setup;
    this.setup = await post<Setup>(`${this.#path}/setups/${setup.id}/${step}`, body);
    this.#chosen = undefined;
  }

  /** Takes a step of the setup there is. */
  async step(step: string, body: unknown = {}): Promise<void> {
    if (this.setup) await this.take(this.setup, step, body);
  }

  async loadNumbers(): Promise<void> {
    if (this.setup)
      this.numbers = await get<BusinessNumber[]>(`${this.#path}/setups/${this.setup.id}/numbers`);
  }

  requestCode(method: 'sms' | 'voice'): Promise<void> {
    return this.step('request-code', { method, language: locale() });
  }

  async tryWebhook(): Promise<void> {
    if (!this.setup) return;
    this.test = undefined;
    this.test = await post<SelfTest>(`${this.#path}/setups/${this.setup.id}/test`, {});
    await this.look();
  }

  /** Asks how far it has come. */
  async look(): Promise<void> {
    if (this.setup) this.setup = await get<Setup>(`${this.#path}/setups/${this.setup.id}`);
  }

  async end(): Promise<void> {
    if (this.setup) await remove(`${this.#path}/setups/${this.setup.id}`);
  }
}
