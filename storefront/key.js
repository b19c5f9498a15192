/**
 * The publishable key that the page carries, if it has one. Everybody can read it: it says which
 * shop's page asks, and what the page may do.
 */

const NAME = "x-fitting-room-key";
const KEY = globalThis.document?.querySelector?.('meta[name="fitting-room-key"]')?.content ?? "";

export function keyHeaders() {
  return KEY ? { [NAME]: KEY } : {};
}

/** An address with the key, for what cannot have headers of its own. */
export function withKey(path) {
  return KEY ? `${path}?key=${encodeURIComponent(KEY)}` : path;
}
