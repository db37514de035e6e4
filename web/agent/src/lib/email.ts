/** Whether a text has the shape of an e-mail address; only sending tells whether it exists. */
export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/.test(text.trim());
}
