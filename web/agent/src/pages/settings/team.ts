import type { Agent, Me, Role } from '$lib/api/types';

/** The roles that somebody can give to others: only an owner makes an owner. */
export function rolesToGive(mine: Role): readonly Role[] {
  return mine === 'owner' ? ['agent', 'admin', 'owner'] : ['agent', 'admin'];
}

/** The owner stays, and nobody changes their own role or ends their own membership. */
export function mayChange(agent: Agent, me: Me): boolean {
  return agent.role !== 'owner' && agent.id !== me.agent_id;
}

/** Those whose name or e-mail address contains the words, whatever their accents. */
export function found<One extends { name?: string; email: string }>(
  all: readonly One[],
  words: string,
): readonly One[] {
  const wanted = folded(words.trim());
  return all.filter(({ name = '', email }) => folded(`${name} ${email}`).includes(wanted));
}

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

type Grants = Record<Role, boolean>;

/** What each role can do, as it is told on the page. */
export const GRANTS: readonly {
  does: 'answer' | 'manage' | 'team' | 'channels' | 'health' | 'stays';
  roles: Grants;
}[] = [
  { does: 'answer', roles: { owner: true, admin: true, agent: true } },
  { does: 'manage', roles: { owner: true, admin: true, agent: true } },
  { does: 'team', roles: { owner: true, admin: true, agent: false } },
  { does: 'channels', roles: { owner: true, admin: true, agent: false } },
  { does: 'health', roles: { owner: true, admin: true, agent: false } },
  { does: 'stays', roles: { owner: true, admin: false, agent: false } },
];
