/** What a request that did not succeed throws: the server's problem, or `offline` when there was no answer. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly field: string | undefined = undefined,
    readonly params: Record<string, unknown> = {},
  ) {
    super(code);
  }

  get offline(): boolean {
    return this.status === 0;
  }

  /** Whether the same request may succeed later: nobody answered, or the server could not. */
  get temporary(): boolean {
    return this.offline || this.status >= 500;
  }
}

/** Whether the thrown value is a problem with this code. */
export function isProblem(thrown: unknown, code?: string): thrown is Problem {
  return thrown instanceof Problem && (code === undefined || thrown.code === code);
}

/** The problem in an error answer; an answer that is no problem document becomes `unexpected-answer`. */
export async function readProblem(answer: Response): Promise<Problem> {
  const type = answer.headers.get('content-type') ?? '';
  if (!type.includes('json')) return new Problem(answer.status, 'unexpected-answer');
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  return new Problem(
    answer.status,
    typeof body.code === 'string' ? body.code : 'unexpected-answer',
    typeof body.field === 'string' ? body.field : undefined,
    (body.params ?? {}) as Record<string, unknown>,
  );
}
