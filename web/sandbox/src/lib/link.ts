/** The inbox's address, if it is one a browser may open: from the page's own query, else from the server. */
export function inboxLink(query: string, told: string | null | undefined): string | null {
  return [new URLSearchParams(query).get('inbox'), told].find(isWebAddress) ?? null;
}

/** May a browser open this? */
export function isWebAddress(address: string | null | undefined): address is string {
  return typeof address === 'string' && /^https?:\/\//i.test(address) && URL.canParse(address);
}
