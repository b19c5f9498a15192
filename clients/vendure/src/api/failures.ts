/** Fitting Room does not answer, or not now: the same call may go through later. */
export class AwayError extends Error {
  constructor(
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** Fitting Room takes no call of ours: the key is wrong, or the address is another service's. */
export class ForbiddenError extends Error {}

/** This one call is wrong, and would be again. */
export class RefusedError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}
