/**
 * A shop's own page on another site than the API: no cookies, the key with every call, and the
 * session's token kept in this page's storage. What it finds goes to the server of the page.
 */

const { api, key, probe } = await (await fetch("/config")).json();
const KEY = { "x-fitting-room-key": key };
const found = JSON.parse(sessionStorage.getItem("found") ?? "{}");

function report(what) {
  return fetch("/found", { method: "POST", body: JSON.stringify(what) });
}

function newVisit() {
  return { id: crypto.randomUUID(), secret: "s".repeat(43) };
}

const visit = JSON.parse(localStorage.getItem("visit") ?? "null") ?? newVisit();
const url = `${api}/v1/profiles/${visit.id}`;

function event(name, type = "product_view") {
  const fields = { type, event_id: name, session_id: visit.id, occurred_at: Date.now(), product_id: "shirt-1" };
  return JSON.stringify({ sent_at: Date.now(), session_secret: visit.secret, events: [fields] });
}

/** Whether another site's cookie would be sent back to it. */
async function thirdPartyCookies() {
  await fetch(`${probe}/set`, { credentials: "include" });
  return (await fetch(`${probe}/seen`, { credentials: "include" })).text();
}

function track(name, headers) {
  const all = { "content-type": "application/json", ...headers };
  return fetch(`${api}/v1/track`, { method: "POST", headers: all, body: event(name) });
}

/** The versions of the first profiles that the stream brings. */
async function streamed(count, headers) {
  const stop = new AbortController();
  const answer = await fetch(`${url}/stream`, { headers: { ...headers, accept: "text/event-stream" }, signal: stop.signal });
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  const versions = [];
  let text = "";
  while (versions.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    const seen = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    if (seen.length > versions.length && versions.length === 0) await report({ streaming: visit.id });
    versions.splice(0, versions.length, ...seen);
  }
  stop.abort();
  return versions;
}

async function firstVisit() {
  found.thirdPartyCookies = await thirdPartyCookies();
  const sent = await track("first", KEY);
  const { session_token: token } = await sent.json();
  localStorage.setItem("visit", JSON.stringify({ ...visit, token }));
  const headers = { ...KEY, authorization: `Bearer ${token}` };
  const second = await track("second", headers);
  const profile = await fetch(url, { headers });
  const etag = profile.headers.get("etag");
  const again = await fetch(url, { headers: { ...headers, "if-none-match": etag } });
  Object.assign(found, {
    tracked: [sent.status, second.status],
    profile: profile.status,
    session: (await profile.json()).session_id === visit.id,
    etag,
    unchanged: again.status,
    limits: profile.headers.get("ratelimit"),
    versions: await streamed(2, headers),
    withoutKey: await status(fetch(url, { headers: { authorization: `Bearer ${token}` } })),
    beacon: navigator.sendBeacon(`${api}/v1/track?key=${key}`, event("beacon", "add_to_cart")),
    cookies: document.cookie,
  });
  sessionStorage.setItem("found", JSON.stringify(found));
  location.reload();
}

/** After a reload the token is still in the page's storage; a logout is the end of it. */
async function secondVisit() {
  const headers = { ...KEY, authorization: `Bearer ${visit.token}` };
  found.afterReload = await status(fetch(url, { headers }));
  found.loggedOut = await status(fetch(`${api}/v1/sessions/${visit.id}`, { method: "DELETE", headers }));
  found.afterLogout = await status(fetch(url, { headers }));
  await report({ done: { ...found, visit: visit.id } });
}

/** The status of an answer, or that this page may not read it. */
async function status(answer) {
  try {
    return (await answer).status;
  } catch (error) {
    return error.name;
  }
}

try {
  if (visit.token) await secondVisit();
  else await firstVisit();
} catch (error) {
  await report({ done: { ...found, visit: visit.id, error: `${error.name}: ${error.message}` } });
}
