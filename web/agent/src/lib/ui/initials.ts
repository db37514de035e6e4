/** The letters of an avatar: of the first and the last word of a name; of a number, how it ends. */
export function initialsOf(name: string): string {
  if (/^\+\d/.test(name)) return name.replace(/\D/g, '').slice(-2);
  const words = name.split(/[\s@.]+/).filter((word) => /\p{L}|\p{N}/u.test(word));
  const first = firstLetter(words[0]);
  const last = words.length > 1 ? firstLetter(words.at(-1)) : '';
  return (first + last).toUpperCase();
}

function firstLetter(word: string | undefined): string {
  return word?.match(/\p{L}|\p{N}/u)?.[0] ?? '';
}
