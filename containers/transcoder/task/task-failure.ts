/** Thrown anywhere in a task: ends it with a stable code, a sentence for the producer, and the tool's last log lines. */
export class TaskFailure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly log: string;

  /** @param options.retryable whether the same task may succeed at another time; false unless said. */
  constructor(code: string, detail: string, options: { retryable?: boolean; log?: string } = {}) {
    super(detail);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.log = options.log ?? "";
  }
}
