/** The visit: a session id made here, kept for the 48 hours that a session lives. */

import { browserStorage } from "./storage.js";

const KEY = "fr.visit";
const LIFE_MS = 48 * 3600 * 1000;
const ID = /^[0-9a-f-]{36}$/;
const FORMER = 3;
const listeners = [];

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

/** 43 characters; whoever shows them gets the session again if the first answer was lost. */
function newSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace("=", "");
}

export function sessionId() {
  return current()?.id ?? renewSession();
}

/** The secret that a session was begun with: the visit's, or one before it with events unsent. */
export function secretOf(session) {
  return secrets().find(({ id }) => id === session)?.secret;
}

/** Headers that show the secret, if there is one. */
export function secretHeaders(session) {
  const secret = secretOf(session);
  return secret ? { "x-session-secret": secret } : {};
}

function secrets() {
  const { id, secret, former } = current() ?? {};
  return [...(id ? [{ id, secret }] : []), ...(Array.isArray(former) ? former : [])];
}

/** Begin a fresh visit, of the same user unless another is given; null is nobody. */
export function renewSession(user = current()?.user ?? null) {
  const id = uuid();
  const former = secrets().slice(0, FORMER);
  browserStorage.write(KEY, { id, begun: Date.now(), secret: newSecret(), user, former });
  tell();
  return id;
}

/** Hear when the visit may be a fresh one, also when another tab has begun it. */
export function onNewVisit(listener) {
  listeners.push(listener);
}

function tell() {
  for (const listener of listeners) listener();
}

addEventListener("storage", ({ key }) => key === KEY && tell());

/**
 * Say who uses the shop now, null for nobody. Somebody who logs in keeps the visit; whoever comes
 * after somebody begins a fresh one, so that two people on one device are never mixed.
 */
export function identify(user) {
  sessionId();
  const kept = current();
  const before = kept.user ?? null;
  if (before === user) return;
  if (before === null) browserStorage.write(KEY, { ...kept, user });
  else renewSession(user);
}

/** Event fields that name the user, if there is one. */
export function identity() {
  const user = current()?.user ?? null;
  return user === null ? {} : { user_id: user };
}

function current() {
  const kept = browserStorage.read(KEY);
  // A clock may have been set back since.
  return ID.test(kept?.id) && Math.abs(Date.now() - kept.begun) < LIFE_MS ? kept : null;
}
