const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

/**
 * Tries again after ever longer waits, until the attempt answers that there is nothing more to try. The function that
 * is returned gives it up.
 */
export function retry(attempt: () => Promise<boolean>): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let gaveUp = false;
  const after = (failures: number): void => {
    timer = setTimeout(() => {
      void attempt().then((done) => {
        if (!done && !gaveUp) after(failures + 1);
      });
    }, wait(failures));
  };
  after(0);
  return () => {
    gaveUp = true;
    clearTimeout(timer);
  };
}

/** Up to a half is left to chance, so that many browsers do not ask at once. */
function wait(failures: number): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures) * (1 - Math.random() / 2);
}
