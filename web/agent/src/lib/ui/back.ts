/** What lies over the page, by the entry that it put into the browser's history. */
interface Over {
  over: string;
}

/**
 * The browser's Back closes what lies over the page, and leaves the page. Begins now and ends with the function that
 * is returned, which takes the entry out of the history again.
 */
export function closeOnBack(close: () => void): () => void {
  const mine: Over = { over: crypto.randomUUID() };
  const isOver = () => (history.state as Over | null)?.over === mine.over;
  const onpopstate = () => {
    if (!isOver()) close();
  };
  history.pushState(mine, '');
  addEventListener('popstate', onpopstate);
  return () => {
    removeEventListener('popstate', onpopstate);
    // Whoever went elsewhere meanwhile is not brought back.
    if (isOver()) history.back();
  };
}
