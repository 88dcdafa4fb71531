/** A broken or refusing dependency. `retryable`: the same call may succeed later; its outcome now may be unknown. */
export class BackendError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BackendError';
    this.code = code;
    this.retryable = retryable;
  }
}
