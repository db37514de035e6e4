import type { Customer } from './control';

/**
 * Who is played on each phone: the one chosen there while they exist, else the first customer
 * that no other phone plays. Only an empty sandbox leaves a phone without anyone.
 */
export function players(
  chosen: readonly (string | null)[],
  customers: readonly Customer[],
): (Customer | null)[] {
  const known = chosen.map((id) => customers.find((customer) => customer.id === id) ?? null);
  const taken = new Set(known.map((customer) => customer?.id));
  return known.map((customer) => {
    const free = customer ?? customers.find((other) => !taken.has(other.id)) ?? null;
    taken.add(free?.id);
    return free;
  });
}
