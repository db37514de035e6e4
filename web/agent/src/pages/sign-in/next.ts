/** Where a person goes who has signed in: to the page they asked for if it is ours, else to the inbox. */
export function afterSignIn(next: string | null, workspace: string): string {
  const ours = next !== null && /^\/w\/[^/\\]/.test(next);
  return ours ? next : `/w/${workspace}/inbox/all`;
}
