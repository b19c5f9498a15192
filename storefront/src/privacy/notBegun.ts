/**
 * Of a visit without any event nothing is kept, and nobody speaks for it yet; where a cookie of the
 * visit before is still there, the service takes it for that one's.
 */
export function isNotBegun(error: unknown): boolean {
  const { type } = (error ?? {}) as { type?: unknown };
  return typeof type === "string" && /\/(session-token|foreign-session)$/.test(type);
}
