import type { Media, MediaKind } from '$lib/api/types';
import { lengthOf } from '$lib/inbox/text';

/** The longest text that can stand under a file. */
export const LONGEST_CAPTION = 1_024;

/** What becomes one message. */
export interface Piece {
  text: string;
  file?: Media;
}

const WITHOUT_CAPTION = new Set<MediaKind>(['audio', 'voice', 'sticker']);

/**
 * The messages that what is written makes: one for each file. The text stands under the first file that can have
 * one; where none can, or it is too long for that, it goes before them.
 */
export function pieces(text: string, files: readonly Media[]): Piece[] {
  const captioned =
    text !== '' && lengthOf(text) <= LONGEST_CAPTION
      ? files.find(({ kind }) => !WITHOUT_CAPTION.has(kind))
      : undefined;
  const messages = files.map((file) => ({ text: file === captioned ? text : '', file }));
  return text !== '' && !captioned ? [{ text }, ...messages] : messages;
}
