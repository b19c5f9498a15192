/**
 * Sends what happened: in batches, each event under its own id, so that sending it again is
 * harmless. The queue outlives the page and is emptied only by verdicts.
 */

import { keyHeaders, withKey } from "./key.js";
import { browserStorage } from "./storage.js";
import { identity, newId, renewSession, secretOf, sessionId } from "./visit.js";

const KEY = "fr.queue";
const TOKENS_KEY = "fr.decisions";
const TOKENS = 24;
/** Of all tokens: a request that outlives its page may have 64 KiB. */
const TOKEN_CHARACTERS = 40_000;
const SEND_AFTER_MS = 500;
const BATCH = 20;
const LONGEST_QUEUE = 500;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

let timer = null;
let sending = false;
let pause = 0;

function queued() {
  return listIn(KEY);
}

/** What is spoiled counts as nothing. */
function listIn(key) {
  const kept = browserStorage.read(key);
  return Array.isArray(kept) ? kept : [];
}

/** The oldest events, of one session: a request speaks for one, and is refused for any other. */
function nextBatch(most) {
  const events = queued();
  return events.filter((event) => event.session_id === events[0].session_id).slice(0, most);
}

function keep(events) {
  browserStorage.write(KEY, events.slice(-LONGEST_QUEUE));
}

function drop(sent) {
  const ids = new Set(sent.map((event) => event.event_id));
  keep(queued().filter((event) => !ids.has(event.event_id)));
}

function plan(milliseconds) {
  if (timer === null) timer = setTimeout(send, milliseconds);
}

export function track(type, fields = {}) {
  const event = {
    type,
    event_id: newId(),
    session_id: sessionId(),
    occurred_at: Date.now(),
    ...identity(),
    ...fields,
  };
  const events = [...queued(), event];
  keep(events);
  if (events.length >= BATCH && pause === 0) send();
  else plan(pause || SEND_AFTER_MS);
}

async function send() {
  clearTimeout(timer);
  timer = null;
  const batch = nextBatch(BATCH);
  if (sending || batch.length === 0) return;
  sending = true;
  try {
    await settle(batch, await post(batch));
  } catch {
    slowDown();
  } finally {
    sending = false;
  }
  if (queued().length > 0) plan(pause || SEND_AFTER_MS);
}

/**
 * The tokens of decisions before the first event: of a profile or of a row, which the service keeps
 * nowhere until an event comes. They go with every batch of their session, since each may meet another process of the service.
 */
export function rememberDecision({ session_id: session, decision_token: token }) {
  if (!token) return;
  const others = decisionTokens().filter((known) => known.session === session && known.token !== token);
  browserStorage.write(TOKENS_KEY, newest([...others, { session, token }]));
}

function newest(tokens) {
  let room = TOKEN_CHARACTERS;
  const kept = tokens.slice(-TOKENS).reverse();
  return kept.filter(({ token }) => (room -= token.length) >= 0).reverse();
}

/** The token of a row, which begins with `row.` and the decision's id. */
export function decisionTokenOf(decisionId) {
  return decisionTokens().find(({ token }) => token.startsWith(`row.${decisionId}.`))?.token;
}

function decisionTokens() {
  return listIn(TOKENS_KEY);
}

function tokensOf(batch) {
  const sessions = new Set(batch.map((event) => event.session_id));
  return decisionTokens().filter(({ session }) => sessions.has(session)).map(({ token }) => token);
}

/**
 * By the moment of sending the service corrects the times of a clock that is wrong; by the secret
 * it knows a session again whose first answer did not arrive.
 */
function bodyOf(batch) {
  const tokens = tokensOf(batch);
  const decisions = tokens.length > 0 ? { decision_token: tokens } : {};
  const secret = secretOf(batch[0].session_id);
  return JSON.stringify({ sent_at: Date.now(), session_secret: secret, ...decisions, events: batch });
}

function post(batch) {
  return fetch("/v1/track", {
    method: "POST",
    headers: { "content-type": "application/json", ...keyHeaders() },
    body: bodyOf(batch),
    keepalive: true,
  });
}

async function settle(batch, answer) {
  if (answer.status >= 500 || answer.status === 429) {
    slowDown();
  } else if (answer.status === 401 || (await belongsToAnother(answer))) {
    moveToNewSession(batch);
  } else {
    pause = 0;
    const body = await answer.json();
    drop(batch);
    keepUsersApart(batch, body.verdicts ?? []);
    report(body);
  }
}

/** The session is somebody else's by what its events say: these begin a fresh one. */
function keepUsersApart(batch, verdicts) {
  const refused = new Set(verdicts.filter(({ code }) => code === "other_user").map(({ event_id: id }) => id));
  const events = batch.filter((event) => refused.has(event.event_id));
  if (events.length === 0) return;
  const id = sessionId() === events[0].session_id ? renewSession() : sessionId();
  keep([...events.map((event) => ({ ...event, session_id: id })), ...queued()]);
}

/** With a cookie of an earlier visit the answer for somebody else's session is 403, not 401. */
async function belongsToAnother(answer) {
  return answer.status === 403 && (await answer.clone().json()).type === "/problems/foreign-session";
}

/** The session belongs to another browser or has ended: queued events go to the new one. */
function moveToNewSession(batch) {
  const left = batch[0].session_id;
  const id = sessionId() === left ? renewSession() : sessionId();
  keep(queued().map((event) => (event.session_id === left ? { ...event, session_id: id } : event)));
}

function report(body) {
  for (const given of body.verdicts ?? []) {
    if (given.verdict === "rejected") console.warn("event refused", given.code, given.detail);
  }
  if (!body.verdicts) console.warn("batch refused", body.detail);
}

function slowDown() {
  pause = Math.min(LONGEST_PAUSE_MS, (pause || FIRST_PAUSE_MS / 2) * 2);
  pause *= 0.8 + 0.4 * Math.random();
}

export function startTracking() {
  addEventListener("online", () => {
    pause = 0;
    send();
  });
  // The last chance: what is sent here stays queued, and the next page asks for its verdict.
  addEventListener("pagehide", () => {
    const batch = nextBatch(100);
    if (batch.length === 0) return;
    const body = new Blob([bodyOf(batch)], { type: "application/json" });
    navigator.sendBeacon(withKey("/v1/track"), body);
  });
  if (queued().length > 0) plan(SEND_AFTER_MS);
}
