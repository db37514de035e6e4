/** A small router over the History API. Patterns are paths with `:name` parts; `?` marks an optional last part. */
export type Params = Record<string, string>;

const here = $state({ path: location.pathname, search: location.search });

/** The path of the page on screen. */
export function path(): string {
  return here.path;
}

/** A value of the query string. */
export function query(name: string): string | null {
  return new URLSearchParams(here.search).get(name);
}

/** The pages on which Meta's script may run: under a policy of their own, and so loaded on their own. */
function apart(path: string): boolean {
  return /^\/w\/[^/]+\/connect(\/|$)/.test(path);
}

/** Goes to another page of the app. */
export function navigate(to: string, how: { replace?: boolean } = {}): void {
  const url = new URL(to, location.origin);
  if (url.pathname === here.path && url.search === here.search) return;
  if (apart(url.pathname) !== apart(here.path)) {
    location.assign(url);
    return;
  }
  history[how.replace ? 'replaceState' : 'pushState'](null, '', url);
  read();
}

/** The named parts of `at` when it fits `pattern`. */
export function match(pattern: string, at: string): Params | null {
  const wanted = pattern.split('/').filter(Boolean);
  const given = at.split('/').filter(Boolean);
  if (given.length > wanted.length) return null;
  const params: Params = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (value === undefined) {
      if (!part.endsWith('?')) return null;
    } else if (part.startsWith(':')) {
      params[part.slice(1).replace('?', '')] = decodeURIComponent(value);
    } else if (part !== value) {
      return null;
    }
  }
  return params;
}

/** Follows the browser's back and forward, and turns clicks on own links into navigation. */
export function startRouter(): void {
  addEventListener('popstate', read);
  document.addEventListener('click', (event) => {
    const to = ownLink(event);
    if (to === null) return;
    event.preventDefault();
    navigate(to);
  });
}

function read(): void {
  here.path = location.pathname;
  here.search = location.search;
}

function ownLink(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = (event.target as Element).closest('a[href]');
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download')) return null;
  if (link.origin !== location.origin || link.pathname.startsWith('/api/')) return null;
  return link.pathname + link.search;
}
