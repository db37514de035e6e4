/** Characters a password needs at least. */
export const PASSWORD_LENGTH = 12;

/** Characters as a person counts them, not UTF-16 units. */
export function passwordLength(password: string): number {
  return [...password].length;
}

/** Whether a password may be chosen: length is what makes it strong. */
export function isLongEnough(password: string): boolean {
  return passwordLength(password) >= PASSWORD_LENGTH;
}
