import { isProblem } from '$lib/api/problem';
import type { Instant } from '$lib/api/types';

/** What a person gives when they follow a link; nothing for a sign-in link. */
export interface Answer {
  name?: string;
  password?: string;
}

/** What is known of a link that does not work any more. */
export interface Ended {
  ended_at?: Instant;
  invited_by?: string;
}

/** Whether, and how, the server said that a link has ended. */
export function endOf(thrown: unknown): Ended | undefined {
  return isProblem(thrown, 'link-ended') ? thrown.params : undefined;
}
