/** The answer to "why?": the parts of a product's score, which add up to it. */

import { explanation } from "./api_client.js";
import { element } from "./element.js";

const DEEDS = {
  product_view: (label) => `You viewed ${label}`,
  category_view: (label) => `You looked through ${label}`,
  add_to_cart: (label) => `You added ${label} to your bag`,
  checkout: (label) => `You bought ${label}`,
  feedback: (label) => `You gave feedback on ${label}`,
};
const PRIORS = {
  rating: "Well rated by other shoppers", popularity: "Popular in the shop",
  popularity_category: "Popular in its category", popularity_region: "Popular in your region",
  popularity_season: "Popular this season",
};
const SHOWN = 6;

function words(part) {
  if (part.kind === "event") return DEEDS[part.event_type]?.(part.label) ?? part.label;
  const [kind, scope] = part.subject.split(":");
  return (PRIORS[kind] ?? kind) + (scope ? ` (${scope})` : "");
}

/** Parts that read the same are one line; what is left over is one more, so the sum holds. */
function lines(parts) {
  const sums = new Map();
  for (const one of parts) sums.set(words(one), (sums.get(words(one)) ?? 0) + one.amount);
  const sorted = [...sums].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const rest = sorted.slice(SHOWN).reduce((sum, [, amount]) => sum + amount, 0);
  const shown = sorted.slice(0, SHOWN);
  return sorted.length > SHOWN ? [...shown, ["Everything else", rest]] : shown;
}

function bar([label, amount], largest) {
  const meter = element("meter", { min: 0, max: largest || 1, value: Math.abs(amount), "aria-hidden": "true" });
  const sign = amount < 0 ? "−" : "+";
  return element(
    "li",
    { class: amount < 0 ? "against" : "" },
    element("span", {}, label),
    element("b", {}, `${sign}${Math.abs(amount).toFixed(3)}`),
    meter,
  );
}

function chosen({ slot, propensity, explored }) {
  if (slot === null || slot === undefined) return null;
  const chance = (100 * propensity).toFixed(1);
  const how = explored ? "to learn whether you like it" : "as the best that was left";
  return element("p", {}, `Shown in place ${slot + 1} ${how}; the chance of that was ${chance} %.`);
}

function content(whole, product) {
  const found = whole.products.find((one) => one.subject === product);
  if (!found) return [element("p", {}, "This product was not part of that decision.")];
  const parts = lines(found.contributions);
  const largest = Math.max(...parts.map(([, amount]) => Math.abs(amount)));
  const share = Math.round(100 * whole.live_weight);
  return [
    element("p", {}, `Score ${found.score.toFixed(3)}, which is the sum of:`),
    element("ul", { class: "parts" }, parts.map((one) => bar(one, largest))),
    element("p", {}, `Your own visit weighs ${share} % here, other shoppers ${100 - share} %.`),
    chosen(found),
    element(
      "details",
      {},
      element("summary", {}, "How it is reckoned"),
      element("p", { class: "formula" }, whole.formula),
      element("p", { class: "formula" }, `${whole.policy}, version ${whole.policy_version}`),
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
