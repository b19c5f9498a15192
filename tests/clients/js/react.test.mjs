import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { StrictMode, createElement, useEffect } from "react";
import { answerBy, away, hang, settled, Observer, judge } from "./browser.mjs";
import { openDom } from "./dom.mjs";

openDom();
globalThis.IS_REACT_ACT_ENVIRONMENT = true;
const { act } = await import("react");
const { createRoot } = await import("react-dom/client");
const { renderToString } = await import("react-dom/server");
// Loaded ahead, so that a turn of the loop is enough for it.
await import("../../../clients/js/dist/live.js");
const { createFittingRoom } = await import("../../../clients/js/dist/index.js");
const { ProfileProvider, useFittingRoom, useProfile, useRecommendations, useTrack, useWatch } = await import("../../../clients/js/dist/react.js");

const ROWS = [{ placement: "home" }];
let root;
let place;
let streams;

beforeEach(() => {
  openDom();
  mock.method(console, "warn", () => {});
  streams = [];
  place = document.createElement("div");
  document.body.append(place);
  root = createRoot(place);
});
afterEach(async () => {
  await act(async () => root.unmount());
  await act(() => settled());
  mock.restoreAll();
});

function profileOf(session, version, viewed = []) {
  return {
    session_id: session, version, live_weight: viewed.length / 10, personalized: true, recent_products: viewed,
    created_at: new Date(Date.now() - 60_000).toISOString(),
  };
}

/** An API whose stream says what a test tells it to, and whose rows are counted. */
function api() {
  let rows = 0;
  return answerBy(({ url, signal, body }) => {
    if (url.endsWith("/v1/recommendations")) {
      rows += 1;
      return Response.json({ session_id: body.session_id, recorded: true, rows: [{ title: `Row ${rows}`, items: [], decision_id: `d${rows}` }] });
    }
    if (!url.endsWith("/stream")) return Response.json(profileOf(url.split("/").at(-1), 0));
    return new Response(new ReadableStream({
      start(controller) {
        const session = url.split("/").at(-2);
        const tell = (version, viewed) => controller.enqueue(new TextEncoder().encode(
          `id: ${version}\nevent: profile\ndata: ${JSON.stringify(profileOf(session, version, viewed))}\n\n`,
        ));
        const stream = { tell, isOpen: true };
        streams.push(stream);
        signal.addEventListener("abort", () => {
          stream.isOpen = false;
          controller.error(signal.reason);
        });
      },
    }));
  });
}

async function draw(...children) {
  await act(async () => root.render(createElement(ProfileProvider, {}, ...children)));
  await act(() => settled(30));
}

function Version() {
  const { profile, state, error } = useProfile();
  return createElement("p", {}, `${profile?.version} ${state} ${error?.status}`);
}

function Title({ live = true, enabled = true }) {
  const { rows, error, loading, reload } = useRecommendations(ROWS, { live, enabled });
  return createElement("button", { onClick: reload }, `${rows?.[0].title} ${error?.status} ${loading}`);
}

test("on a server all is empty, and nothing is asked", () => {
  const saved = ["document", "localStorage", "location", "window"].map((name) => [name, globalThis[name]]);
  for (const [name] of saved) globalThis[name] = undefined;
  const asked = answerBy(away);
  const Tracks = () => {
    useTrack()("product_view", { product_id: "a" });
    const ref = useWatch({ productId: "a" });
    return createElement("i", { ref }, useFittingRoom().sessionId);
  };
  const drawn = renderToString(createElement(ProfileProvider, { options: { consent: "wait" } }, createElement(Version), createElement(Title), createElement(Tracks)));
  for (const [name, value] of saved) globalThis[name] = value;
  assert.equal(drawn, "<p>undefined connecting undefined</p><button>undefined undefined true</button><i></i>");
  assert.equal(asked.length, 0);
});

test("all components follow one stream, in strict mode too", async () => {
  const asked = api();
  await draw(createElement(StrictMode, {}, createElement(Version), createElement(Version), createElement(Title)));
  assert.equal(streams.length, 1);
  await act(async () => {
    streams[0].tell(4);
    await settled(30);
  });
  assert.deepEqual([...place.querySelectorAll("p")].map((line) => line.textContent), ["4 live undefined", "4 live undefined"]);
  assert.equal(asked.filter(({ url }) => url.endsWith("/stream")).length, 1);
});

test("a client of strict mode's second look leaves no listeners of the first", async () => {
  api();
  const client = createFittingRoom();
  await act(async () => root.render(createElement(StrictMode, {}, createElement(ProfileProvider, { client }, createElement(Version)))));
  await act(() => settled(30));
  assert.equal(streams.length, 1);
  await act(async () => root.render(null));
  await act(() => settled(30));
  assert.equal(streams[0].isOpen, false);
});

test("where nobody follows the profile no stream is opened", async () => {
  api();
  await draw(createElement(Title, { live: false }));
  assert.equal(streams.length, 0);
  assert.equal(place.textContent, "Row 1 undefined false");
});

test("live rows are asked for again when the visit has gone on, and only then", async () => {
  const asked = api();
  await draw(createElement(Title));
  const rows = () => asked.filter(({ url }) => url.endsWith("/v1/recommendations")).length;
  const tell = (...said) => act(async () => {
    streams[0].tell(...said);
    await settled(30);
  });
  await tell(1);
  assert.equal(rows(), 1);
  await tell(2);
  assert.equal(rows(), 1, "an impression changes nothing that is on the page");
  await tell(3, ["shirt-1"]);
  assert.equal(rows(), 2);
  assert.equal(place.textContent, "Row 2 undefined false");
});

test("rows that were asked for before the first profile was made are asked for again", async () => {
  const asked = api();
  await draw(createElement(Title));
  const later = JSON.stringify({ ...profileOf(asked.find(({ body }) => body).body.session_id, 5, ["shirt-1"]), created_at: new Date(Date.now() + 1_000).toISOString() });
  const { parse } = JSON;
  mock.method(JSON, "parse", (text, ...rest) => (text.includes('"version":5') ? parse(later) : parse(text, ...rest)));
  await act(async () => {
    streams[0].tell(5, ["shirt-1"]);
    await settled(30);
  });
  assert.equal(asked.filter(({ url }) => url.endsWith("/v1/recommendations")).length, 2);
});

for (const live of [false, true]) {
  test(`rows of a visit go with it, and are asked for anew (${live ? "live" : "as they are"})`, async () => {
    const asked = api();
    const client = createFittingRoom();
    await act(async () => root.render(createElement(ProfileProvider, { client }, createElement(Title, { live }))));
    await act(() => settled(30));
    assert.equal(place.textContent, "Row 1 undefined false");
    const shown = [];
    const observer = new window.MutationObserver(() => shown.push(place.textContent));
    observer.observe(place, { subtree: true, characterData: true, childList: true });
    await act(async () => {
      await client.logout();
      await settled(30);
    });
    observer.disconnect();
    assert.equal(place.textContent, "Row 2 undefined false");
    assert.ok(!shown.some((text) => text.includes("Row 1")), shown.join());
    const sessions = asked.filter(({ url }) => url.endsWith("/v1/recommendations")).map(({ body }) => body.session_id);
    assert.deepEqual([sessions.length, sessions[1]], [2, client.sessionId]);
    client.close();
  });
}

test("rows of two providers on a page go with the visit, whoever has left it", async () => {
  const asked = api();
  const Leaves = () => {
    const client = useFittingRoom();
    return createElement("a", { onClick: () => client.logout() });
  };
  const titles = () => [...place.querySelectorAll("button")].map((button) => button.textContent);
  await act(async () => root.render([
    createElement(ProfileProvider, { key: 1 }, createElement(Title, { live: false })),
    createElement(ProfileProvider, { key: 2 }, createElement(Title, { live: false }), createElement(Leaves)),
  ]));
  await act(() => settled(30));
  assert.deepEqual(titles(), ["Row 1 undefined false", "Row 2 undefined false"]);
  await act(async () => {
    place.querySelector("a").click();
    await settled(60);
  });
  assert.deepEqual(titles().sort(), ["Row 3 undefined false", "Row 4 undefined false"]);
  const sessions = asked.filter(({ url }) => url.endsWith("/v1/recommendations")).map(({ body }) => body.session_id);
  assert.deepEqual([new Set(sessions.slice(0, 2)).size, new Set(sessions.slice(2)).size, new Set(sessions).size], [1, 1, 2]);
});

test("reload asks again; what is not wanted yet is not asked for", async () => {
  const asked = api();
  await draw(createElement(Title, { enabled: false, live: false }));
  assert.equal(asked.length, 0);
  assert.equal(place.textContent, "undefined undefined false");
  await draw(createElement(Title, { live: false }));
  await act(async () => {
    place.querySelector("button").click();
    await settled(30);
  });
  assert.equal(place.textContent, "Row 2 undefined false");
});

test("an API that is away is told as an error, and the rows that were there stay", async () => {
  api();
  await draw(createElement(Title, { live: false }));
  answerBy(away);
  await act(async () => {
    place.querySelector("button").click();
    await settled(30);
  });
  assert.equal(place.textContent, "Row 1 0 false");
  await draw(createElement(Version));
  assert.match(place.textContent, /^undefined (connecting|offline) 0$/);
});

for (const isGiven of [false, true]) {
  test(`a provider that is gone leaves nothing behind but ${isGiven ? "the client that the page has made" : "what was kept"}`, async () => {
    const asked = answerBy((call) => (call.url.endsWith("/track") ? judge()(call) : hang(call)));
    const listening = new Map();
    const count = (kind, more) => listening.set(kind, (listening.get(kind) ?? 0) + more);
    const { addEventListener: add, removeEventListener: remove } = globalThis;
    mock.method(globalThis, "addEventListener", (kind, ...rest) => (count(kind, 1), add(kind, ...rest)));
    mock.method(globalThis, "removeEventListener", (kind, ...rest) => (count(kind, -1), remove(kind, ...rest)));
    const client = isGiven ? createFittingRoom() : undefined;
    const Views = () => {
      const track = useTrack();
      useEffect(() => track("product_view", { product_id: "shirt-1" }), [track]);
    };
    for (let round = 0; round < 3; round += 1) {
      await act(async () => root.render(createElement(StrictMode, {}, createElement(ProfileProvider, { client }, createElement(Version), createElement(Views)))));
      await act(() => settled(30));
      assert.equal(listening.get("online"), 1, "strict mode looks twice, and listens once");
      await act(async () => root.render(null));
      await act(() => settled(30));
      assert.equal(listening.get("online"), isGiven ? 1 : 0);
    }
    const views = asked.filter(({ url }) => url.endsWith("/track")).flatMap(({ body }) => body.events);
    if (!isGiven) assert.equal(views.length, 6, "what happened is sent before that");
    client?.close();
    await settled();
  });
}

test("a component that is gone gives its question up", async () => {
  const asked = answerBy(hang);
  await draw(createElement(Title, { live: false }));
  await act(async () => root.render(null));
  await act(() => settled());
  assert.equal(asked[0].signal.aborted, true);
});

test("a card reports itself by a ref, and no more once it is gone", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom();
  const Card = () => createElement("article", { ref: useWatch({ productId: "shirt-1", decisionId: "d", slot: 1 }) });
  await act(async () => root.render(createElement(ProfileProvider, { client }, createElement(Card))));
  await act(() => settled());
  const card = place.querySelector("article");
  assert.equal([...Observer.all].filter(({ observed }) => observed.has(card)).length, 1);
  card.click();
  client.track("product_view", { product_id: "shirt-1" });
  await client.flush();
  assert.equal(asked[0].body.events[0].slot, 1);
  await act(async () => root.render(createElement(ProfileProvider, { client })));
  assert.equal([...Observer.all].filter(({ observed }) => observed.has(card)).length, 0);
});

test("a hook without a provider says what is missing", () => {
  assert.throws(() => renderToString(createElement(Version)), /ProfileProvider/);
});
