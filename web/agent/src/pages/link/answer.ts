/** What a person gives when they follow a link; nothing for a sign-in link. */
export interface Answer {
  name?: string;
  password?: string;
}
