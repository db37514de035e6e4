import type { Media } from './types';
import { signedOut } from './client';
import { Problem, readProblem } from './problem';

/** An upload that moves no byte for so long has lost its connection. */
const STALLED = 45_000;
/** Once all bytes have left, the server may take so long to look at them and store them. */
const STORED_WITHIN = 5 * 60_000;

export interface UploadOptions {
  /** How many bytes have left. */
  onprogress: (sent: number) => void;
  signal: AbortSignal;
}

/** Uploads a file; `fetch` would not tell how far it is. Throws a `Problem`, or an `AbortError`. */
export function upload(path: string, file: Blob, { onprogress, signal }: UploadOptions): Promise<Media> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled: ReturnType<typeof setTimeout>;
    const wait = (patience: number) => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), patience);
    };
    const abort = () => request.abort();
    request.open('POST', `/api/v1${path}`);
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('content-type', file.type || 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => {
      wait(STALLED);
      onprogress(loaded);
    };
    request.upload.onload = () => wait(STORED_WITHIN);
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText) as Media);
      else void refusal(request).then(reject);
    };
    request.onerror = () => reject(new Problem(0, 'offline'));
    request.onabort = () =>
      reject(signal.aborted ? new DOMException('cancelled', 'AbortError') : new Problem(0, 'offline'));
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort);
    wait(STALLED);
    request.send(file);
  });
}

async function refusal(request: XMLHttpRequest): Promise<Problem> {
  const type = request.getResponseHeader('content-type') ?? '';
  const { responseText, status } = request;
  const problem = await readProblem(
    new Response(responseText, { status, headers: { 'content-type': type } }),
  );
  if (problem.code === 'signed-out') signedOut();
  return problem;
}
