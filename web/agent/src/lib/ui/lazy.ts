import type { Component } from 'svelte';

/** A component that is loaded when it is first asked for, and there at once from then on. */
export class Lazy<Props extends { onclose: () => void }> {
  component: Component<Props> | undefined;
  #load: () => Promise<{ default: Component<Props> }>;

  constructor(load: () => Promise<{ default: Component<Props> }>) {
    this.#load = load;
  }

  async load(): Promise<Component<Props>> {
    this.component = (await this.#load()).default;
    return this.component;
  }
}
