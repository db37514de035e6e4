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

function lastWritten(customer: Customer): string {
  return customer.threads.map((thread) => thread.last_inbound ?? '').reduce((a, b) => (a > b ? a : b), '');
}

/** The ids of the customers, with those who wrote last at the front: the phones begin with them. */
export function lastWritersFirst(customers: readonly Customer[]): string[] {
  const newestFirst = customers.toSorted((a, b) => lastWritten(b).localeCompare(lastWritten(a)));
  return newestFirst.map(({ id }) => id);
}

/** The customers in the order of `ids`; those that are not named come last, as they were. */
export function inOrderOf(ids: readonly string[], customers: readonly Customer[]): Customer[] {
  const place = new Map(ids.map((id, i) => [id, i]));
  const of = ({ id }: Customer): number => place.get(id) ?? ids.length;
  return customers.toSorted((a, b) => of(a) - of(b));
}
