/** An answer that is no success. Without any answer `status` is 0 and `type` "network". */
export class ApiError extends Error {
  declare status: number;
  declare type: string;
  declare detail: string;
  /** Seconds. */
  declare retryAfter: number | null;
  /** The answer as it came. */
  declare body: unknown;

  constructor(status: number, type: string, detail: string, retryAfter: number | null = null, body: unknown = null) {
    super(detail);
    Object.assign(this, { status, type, detail, retryAfter, body });
  }
}

export function networkError(error: unknown): ApiError {
  return new ApiError(0, "network", String(error));
}

/** The session is another's, or has ended: a fresh one is needed. Wrong keys are no such case. */
export function isLostSession(error: unknown): boolean {
  return /\/(session-token|foreign-session)$/.test((error as ApiError).type);
}

export async function problemOf(answer: Response): Promise<ApiError> {
  const body = await answer.json().catch(() => {});
  const said = answer.headers.get("retry-after");
  const seconds = Number(said) || (Date.parse(said ?? "") - Date.now()) / 1000;
  return new ApiError(
    answer.status, String(body?.type), String(body?.detail ?? answer.statusText), seconds > 0 ? seconds : null, body,
  );
}
