import type { Entry } from '$lib/api/types';

const KINDS = new Set(['reaction', 'edit', 'revoke']);

/**
 * The lines that only say something about another one, which shows it: reactions, changes, deletions. Those whose
 * message is not here stand for themselves.
 */
export function foldedIn(entries: readonly Entry[]): ReadonlySet<string> {
  const about = entries.filter(({ kind }) => KINDS.has(kind));
  if (about.length === 0) return new Set();
  const known = new Set(entries.map(({ external_id }) => external_id));
  const isFolded = (entry: Entry) => {
    const part = entry.parts[0] as { to?: string; of?: string } | undefined;
    const of = part?.to ?? part?.of;
    return entry.about !== null || (of !== undefined && known.has(of));
  };
  return new Set(about.filter(isFolded).map(({ id }) => id));
}

/** How far who sees a line has seen: with it the folded lines that came after it and before the next one. */
export function seenWith(
  entries: readonly Entry[],
  folded: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const seen = new Map<string, number>();
  let shown: string | undefined;
  for (const { id, seq, direction } of entries) {
    if (!folded.has(id)) {
      shown = id;
      seen.set(id, seq);
    } else if (shown !== undefined && direction === 'in') {
      seen.set(shown, Math.max(seen.get(shown) ?? 0, seq));
    }
  }
  return seen;
}

/** The words a message has now: what its author changed them to last. */
export function wordsOf({ text, edits }: Pick<Entry, 'text' | 'edits'>): string | null {
  return edits.length > 0 ? (edits.at(-1)?.text ?? null) : text;
}

/** The words it had before, the first first. */
export function earlierWords({ text, edits }: Pick<Entry, 'text' | 'edits'>): string[] {
  return [text, ...edits.map((edit) => edit.text)].slice(0, -1).filter((words) => words !== null);
}

/** Whether an emoji can be put to a message, while the window is open. */
export function bearsReaction({ direction, external_id, deleted_at }: Entry): boolean {
  return direction === 'in' && external_id !== null && deleted_at === null;
}
