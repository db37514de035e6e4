/** Files that were chosen or recorded in this browser are shown from here, by the id the server gave them. */
const urls = new Map<string, string>();
const KEPT = 60;

/** Shows the file from here from now on. */
export function keepPreview(id: string, url: string): void {
  urls.set(id, url);
  const [oldest] = urls;
  if (urls.size <= KEPT || !oldest) return;
  urls.delete(oldest[0]);
  URL.revokeObjectURL(oldest[1]);
}

export function previewOf(id: string): string | undefined {
  return urls.get(id);
}

/** Signed out: they are nobody else's business. */
export function forgetPreviews(): void {
  for (const url of urls.values()) URL.revokeObjectURL(url);
  urls.clear();
}
