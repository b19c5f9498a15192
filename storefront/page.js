/** Starts the page that the address names, then keeps it in step with the visit. */

import { categoryPath, subjectOf } from "./addresses.js";
import { currentProfile, forgetOutdated, getJson } from "./api_client.js";
import { startBag } from "./bag.js";
import { categoryPage } from "./category_page.js";
import { element } from "./element.js";
import { homePage } from "./home.js";
import { productPage } from "./product_page.js";
import { startStream } from "./stream.js";
import { startTracking } from "./tracker.js";
import { whenVisible } from "./visible.js";

const SHELVES_SHOWN = 6;
const STATES = { live: "Live", connecting: "Connecting", reconnecting: "Reconnecting" };
const main = document.getElementById("main");

function announce(text) {
  document.getElementById("announcement").textContent = text;
}

function say(state) {
  const status = document.querySelector(".status");
  status.dataset.state = state;
  status.querySelector("span").textContent = STATES[state];
}

function fail(error) {
  const again = element("button", { type: "button", class: "quiet" }, "Try again");
  again.addEventListener("click", () => location.reload());
  main.replaceChildren(
    element("div", { class: "notice", role: "alert" },
      element("h1", {}, "This page cannot be shown for now"),
      element("p", {}, error.message), again),
  );
}

async function showShelves() {
  const subject = subjectOf(location);
  const { categories } = await getJson("/v1/categories");
  const links = categories.slice(0, SHELVES_SHOWN).map(({ category_id: id, name }) => {
    const href = categoryPath(id);
    const here = subject.kind === "category" && subject.id === id ? "page" : null;
    return element("a", { href, "aria-current": here }, name);
  });
  document.querySelector(".shelves").replaceChildren(...links);
}

function build() {
  const { kind, id } = subjectOf(location);
  if (kind === "category") return categoryPage(main, announce, id);
  if (kind === "product") return productPage(main, announce, id);
  return homePage(main, announce);
}

/** Profiles are shown one after the other; while one is drawn, only the newest waits. */
function inTurn(show) {
  let next = null;
  let busy = false;
  return async (profile) => {
    next = profile;
    if (busy) return;
    busy = true;
    while (next) {
      const current = next;
      next = null;
      forgetOutdated(current);
      await show(current);
    }
    busy = false;
  };
}

async function start() {
  startBag();
  showShelves().catch(() => {});
  try {
    // The profile comes first: it brings the token by which the stream is opened.
    const profile = await currentProfile();
    startTracking();
    const show = inTurn(await build());
    await show(profile);
    whenVisible(() => startStream(show, say));
  } catch (error) {
    fail(error);
  }
}

start();
