/** What WhatsApp takes in one message. */
export const LONGEST_TEXT = 4_096;

export type Refusal =
  | { code: 'text-empty' }
  | { code: 'text-too-long'; max: number; length: number }
  | { code: 'text-control-characters' };

/** The number of characters as the server counts them: code points. */
export function lengthOf(text: string): number {
  return [...text].length;
}

/** What would be sent of what was typed: the server drops outer white space too. */
export function sendable(typed: string): string {
  return typed.replaceAll('\r\n', '\n').trim();
}

/** What is pasted as a keyboard would write it: slides, pages and terminals bring line breaks and signs of their own. */
export function typable(pasted: string): string {
  return pasted.replace(/[\v\f\x85\u2028\u2029]/g, '\n').replace(/[^\P{Cc}\r\n\t]/gu, '');
}

/** Why a text cannot be sent, before the server has to say so. */
export function refusalOf(typed: string): Refusal | null {
  const text = sendable(typed);
  // The Braille pattern without dots shows as little as what Unicode says may be ignored.
  if (/^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(text)) return { code: 'text-empty' };
  // Line breaks and tabs are text; every other control character is not.
  if (/[^\P{Cc}\n\t]/u.test(text)) return { code: 'text-control-characters' };
  const length = lengthOf(text);
  if (length > LONGEST_TEXT) return { code: 'text-too-long', max: LONGEST_TEXT, length };
  return null;
}
