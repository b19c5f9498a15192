/** The answer to "why?": the parts of a product's score, which add up to it. */

import { explanation } from "./api_client.js";
import { element, newBadge } from "./element.js";

/** Keeps a number and its percent sign on one line. */
function held(text) {
  return text.replaceAll(" %", "\u00a0%");
}

function bar({ words, amount }, largest, decimals) {
  const meter = element("meter", { min: 0, max: largest || 1, value: Math.abs(amount), "aria-hidden": "true" });
  const sign = amount < 0 ? "−" : "+";
  return element(
    "li",
    { class: amount < 0 ? "against" : "" },
    element("span", {}, words),
    element("b", {}, `${sign}${Math.abs(amount).toFixed(decimals)}`),
    meter,
  );
}

/** How the product came to its slot, with a badge if it was explored. */
function chosen(shown) {
  if (!shown) return null;
  const words = shown.words.charAt(0).toUpperCase() + shown.words.slice(1);
  const badge = shown.explored ? newBadge() : null;
  const place = held(` Place ${shown.slot + 1}. ${words}.`);
  return element("p", { class: "chosen" }, badge, place);
}

/** Which policy filled the product's slot, in words. */
function filledBy(whole, shown) {
  const used = whole.policies.find((policy) => policy.placement === shown?.placement);
  return used
    ? held(`The policy ${used.policy} ${used.words}.`)
    : `The policy was ${whole.base_policy}, version ${whole.policy_version}.`;
}

function content(whole, product) {
  const found = whole.products.find((candidate) => candidate.subject === product);
  if (!found) return [element("p", {}, "This product was not part of that decision.")];
  const largest = Math.max(...found.clauses.map(({ amount }) => Math.abs(amount)));
  // Small scores show as many digits of their parts as large ones do.
  const decimals = largest > 0 ? Math.max(3, 1 - Math.floor(Math.log10(largest))) : 3;
  const share = Math.round(100 * whole.live_weight);
  return [
    element("p", {}, `Score ${found.score.toFixed(decimals)}, which is the sum of:`),
    element("ul", { class: "parts" }, found.clauses.map((clause) => bar(clause, largest, decimals))),
    chosen(found.shown),
    element("p", {}, held(`Your own visit weighs ${share} % here, other shoppers ${100 - share} %.`)),
    element(
      "details",
      {},
      element("summary", {}, "How it is reckoned"),
      element("p", { class: "note" }, filledBy(whole, found.shown)),
      element("p", { class: "formula" }, whole.formula),
    ),
  ];
}

export async function showWhy(title, decision, product) {
  const body = element("div", { class: "why-body" }, element("p", {}, "Looking it up…"));
  const close = element("button", { type: "button", class: "close", "aria-label": "Close" }, "×");
  const dialog = element(
    "dialog",
    { class: "sheet", "aria-label": `Why ${title}` },
    element("header", {}, element("h2", {}, `Why ${title}?`), close),
    body,
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  try {
    body.replaceChildren(...content(await explanation(decision), product).filter(Boolean));
  } catch (error) {
    body.replaceChildren(element("p", {}, error.message));
  }
}
