/**
 * Reads from the API. The session's token travels as a cookie that scripts cannot see; where the
 * browser keeps none, this page shows the token of the last answer that brought one.
 */

import { keyHeaders } from "./key.js";
import { decisionTokenOf, rememberDecision } from "./tracker.js";
import { renewSession, secretHeaders, sessionId } from "./visit.js";

const MOST_IDS = 100;
const LONGEST_QUERY = 4_000;
const cards = new Map();
const explanations = new Map();
/** What profiles say of a product as its card does. */
const OF_PROFILES = ["title", "price", "currency", "category_id", "image_url", "rating"];
let lastToken = "";
let lastDecision = null;

export function getJson(path, headers = {}) {
  return ask(path, { headers });
}

async function ask(path, { headers, ...options }) {
  const all = { accept: "application/json", ...keyHeaders(), ...headers };
  const answer = await fetch(path, { ...options, headers: all });
  rememberToken(answer);
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({ detail: answer.statusText }));
  const error = new Error(problem.detail ?? problem.title);
  error.status = answer.status;
  throw error;
}

/** The session's profile; a session that is no longer ours is replaced by a new one. */
export async function currentProfile() {
  const profile = await readProfile();
  rememberDecision(profile);
  return profile;
}

async function readProfile() {
  try {
    return await profileOf(sessionId());
  } catch (error) {
    if (error.status !== 401 && error.status !== 403) throw error;
    return profileOf(renewSession());
  }
}

/** The secret makes the reader the one who may begin the session. */
function profileOf(session) {
  return getJson(`/v1/profiles/${session}`, secretHeaders(session));
}

/** All rows of a page; each is a decision of its own. */
export async function askRows(questions) {
  const session = sessionId();
  const { rows } = await ask("/v1/recommendations", {
    method: "POST",
    headers: { "content-type": "application/json", ...secretHeaders(session) },
    body: JSON.stringify({ session_id: session, rows: questions }),
  });
  for (const row of rows) rememberDecision({ session_id: session, ...row });
  return rows;
}

export function rememberToken(answer) {
  lastToken = answer.headers.get("x-session-token") ?? lastToken;
}

function tokenHeaders(decisionId) {
  // A row that nobody has acted on is kept nowhere else.
  const row = decisionTokenOf(decisionId);
  if (row) return { "x-decision-token": row };
  // The parts of a token are the id of its key, the session, when it expires, and the signature.
  return lastToken.split(".")[1] === sessionId() ? { authorization: `Bearer ${lastToken}` } : {};
}

/** As few queries as name all ids, none longer than servers and proxies take. */
function queriesFor(ids) {
  const queries = [];
  let named = [];
  for (const id of ids) {
    const next = [...named, ["id", id]];
    if (named.length > 0 && (next.length > MOST_IDS || String(new URLSearchParams(next)).length > LONGEST_QUERY)) {
      queries.push(named);
      named = [["id", id]];
    } else named = next;
  }
  if (named.length > 0) queries.push(named);
  return queries.map((parts) => new URLSearchParams(parts));
}

/** Product cards by id, each read once per page. */
export async function productCards(ids) {
  const missing = [...new Set(ids)].filter((id) => !cards.has(id));
  for (const query of queriesFor(missing)) {
    const answer = await getJson(`/v1/products?${query}`);
    answer.products.forEach(keepCard);
  }
  return new Map(ids.filter((id) => cards.has(id)).map((id) => [id, cards.get(id)]));
}

export function keepCard(card) {
  cards.set(card.product_id, card);
  return card;
}

/**
 * Forget the cards that a profile says otherwise of, so that they are read again.
 *
 * The same decision once more means that the shop has changed something that the page shows.
 */
export function forgetOutdated(profile) {
  if (profile.decision_id === lastDecision) cards.clear();
  lastDecision = profile.decision_id;
  for (const now of profile.score_data.products) {
    const card = cards.get(now.product_id);
    if (card && OF_PROFILES.some((name) => card[name] !== now[name])) cards.delete(now.product_id);
  }
}

export function explanation(decisionId) {
  if (!explanations.has(decisionId)) {
    const asked = getJson(`/v1/explanations/${encodeURIComponent(decisionId)}`, tokenHeaders(decisionId));
    explanations.set(decisionId, asked);
    asked.catch(() => explanations.delete(decisionId));
  }
  return explanations.get(decisionId);
}
