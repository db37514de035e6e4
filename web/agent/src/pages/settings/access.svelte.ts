import { get } from '$lib/api/client';
import type { WorkspaceState } from '$lib/api/types';
import { setBusinessTime } from '$lib/clock.svelte';
import { problemText } from '$lib/i18n';

/** The workspace whose settings are shown, and what I may do in it. */
export class Access {
  state = $state.raw<WorkspaceState>();
  problem = $state<string>();

  readonly path: string;

  constructor(workspace: string) {
    this.path = `/workspaces/${workspace}`;
  }

  async load(): Promise<void> {
    this.problem = undefined;
    try {
      this.state = await get<WorkspaceState>(this.path);
      setBusinessTime(this.state.now);
    } catch (thrown) {
      this.problem = problemText(thrown);
    }
  }

  may(permission: 'manage_agents' | 'manage_health'): boolean {
    return this.state?.me.permissions.includes(permission) ?? false;
  }

  /** The names of those whom one can ask. */
  get admins(): string[] {
    return (this.state?.agents ?? []).filter(({ role }) => role !== 'agent').map(({ name }) => name);
  }
}
