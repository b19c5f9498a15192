/** The visit: a session id made here, kept for the 48 hours that a session lives. */

const KEY = "fr.visit";
const LIFE_MS = 48 * 3600 * 1000;

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on another host than localhost has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function newId() {
  return uuid();
}

function keptVisit() {
  const kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
  return kept && Date.now() - kept.begun < LIFE_MS ? kept : null;
}

/** 43 characters; whoever shows them gets the session again if the first answer was lost. */
function newSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace("=", "");
}

export function sessionId() {
  return keptVisit()?.id ?? renewSession();
}

/** The secret that a session was begun with; undefined for another than the visit's. */
export function secretOf(session) {
  const kept = keptVisit();
  return kept?.id === session ? kept.secret : undefined;
}

export function renewSession() {
  const id = uuid();
  localStorage.setItem(KEY, JSON.stringify({ id, begun: Date.now(), secret: newSecret() }));
  return id;
}
