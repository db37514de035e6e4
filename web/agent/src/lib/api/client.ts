import { Problem, readProblem } from './problem';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

let onSignedOut: () => void = () => undefined;

/** Called once an answer says that the session has ended. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

/** The live connection heard that the session has ended. */
export function signedOut(): void {
  onSignedOut();
}

/**
 * Asks the API and gives the answer's JSON. Throws a `Problem` for every other outcome.
 * `path` starts after `/api/v1`; a body that is a file goes as it is.
 */
export async function request<T>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const answer = await send(method, path, body, signal);
  if (!answer.ok) {
    const problem = await readProblem(answer);
    if (problem.code === 'signed-out') onSignedOut();
    throw problem;
  }
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  request<T>('GET', path, undefined, signal);
export const post = <T>(path: string, body: unknown = {}): Promise<T> => request<T>('POST', path, body);
export const put = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  request<T>('PUT', path, body, signal);
export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>('PATCH', path, body);
export const remove = <T>(path: string): Promise<T> => request<T>('DELETE', path);

async function send(
  method: Method,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const init: RequestInit = { method, headers: { accept: 'application/json' } };
  if (body instanceof Blob) {
    init.body = body;
    init.headers = { accept: 'application/json', 'content-type': body.type };
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { accept: 'application/json', 'content-type': 'application/json' };
  }
  if (signal) init.signal = signal;
  try {
    return await fetch(`/api/v1${path}`, init);
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw new Problem(0, 'offline');
  }
}
