/** Draws a garment for a product without a picture, by its kind, its colour and its id. */

import { hash, paints } from "./colours.js";
import { drawn } from "./element.js";

let drawings = 0;

/** Each kind: words that name it, and its cuts, each [outline, seams]. */
const KINDS = [
  [/trouser|pant|jean|legging|short/, [
    ["M66 40h68l10 150h-34l-10-98-10 98H56z", "M66 54h68M100 54v38M78 54l-4 18M122 54l4 18"],
    ["M68 40h64l22 150h-42l-12-92-12 92H46z", "M68 52h64M100 52v46M80 62l-12 124M120 62l12 124"],
    ["M70 40h60l4 138h-26l-8-88-8 88H66z", "M70 52h60M100 52v38M67 168h25M108 168h25"],
  ]],
  [/skirt/, [
    ["M70 52h60l28 122q-58 16-116 0z", "M70 64h60M86 64l-16 112M114 64l16 112M100 64v116"],
    ["M72 48h56l10 136H62z", "M72 60h56M100 150v34"],
    ["M72 56h56l34 82q-62 18-124 0z", "M72 66h56M88 66l-22 78M112 66l22 78"],
  ]],
  [/dress|gown/, [
    ["M78 34q22 22 44 0l10 8-8 42 32 104q-56 14-112 0l32-104-8-42z", "M76 84h48M100 84v108"],
    ["M76 36l24 18 24-18 12 10-10 46 8 92H66l8-92-10-46z", "M74 92h52"],
  ]],
  [/coat|jacket|blazer|cardigan/, [
    ["M76 36l24 12 24-12 24 18 14 92-18 4-10-60v98H66V90l-10 60-18-4 14-92z",
      "M100 48v140M100 48l-16 34M100 48l16 34M72 136h18M110 136h18"],
  ]],
  [/jumper|sweater|knit|pullover|hood/, [
    ["M78 42q22 14 44 0l28 16 14 84-20 4-10-46v72H66v-72l-10 46-20-4 14-84z",
      "M66 162h68M38 132l19 4M162 132l-19 4M84 46q16 12 32 0"],
  ]],
  [/shoe|boot|sneaker|sandal|heel|flip/, [
    ["M40 96h44q6 26 34 34l38 8q10 4 10 20H40z", "M40 144h126M88 104l10-6M94 114l10-6M102 122l9-7"],
  ]],
  [/bag|wallet|purse|clutch/, [
    ["M56 84h88l12 92H44z", "M74 84q0-42 26-42t26 42M56 104h88"],
  ]],
  [/swim|bikini|bra|brief|lingerie|inner/, [
    ["M74 40q-2 40 26 44 28-4 26-44h10q6 44-8 62l8 30-28 40h-16l-28-40 8-30q-14-18-8-62z",
      "M72 128q28 14 56 0"],
  ]],
  [/blouse|shirt|top|tee|tunic|sale|cloth/, [
    ["M78 40l22 14 22-14 30 18 12 52-20 6-8-22v86H64V94l-8 22-20-6 12-52z",
      "M100 54v126M78 40l22 30 22-30M72 168h56"],
    ["M80 40q20 20 40 0l38 26-14 30-14-8v86H70V88l-14 8-14-30z", "M70 168h60"],
    ["M82 40q18 28 36 0l22 10 26 78-20 8-18-38 4 76q-32 10-64 0l4-76-18 38-20-8 26-78z",
      "M70 122q30 10 60 0"],
    ["M80 42l20 26 20-26 12 8-4 40 8 86q-36 10-72 0l8-86-4-40z", "M78 92q22 8 44 0"],
  ]],
];
const HANGER = [["M100 62q-10-2-10-12t10-10 10 10M100 62l58 40q6 10-6 10H48q-12 0-6-10z", ""]];

function cutsOf(words) {
  return KINDS.find(([named]) => named.test(words))?.[1] ?? HANGER;
}

/** The title decides before the category: a category such as "sale" holds everything. */
function cutOf({ product_id: id, title, category_id: category, category_name: categoryName }) {
  const named = cutsOf((title ?? "").toLowerCase());
  const cuts = named === HANGER ? cutsOf(`${category} ${categoryName ?? ""}`.toLowerCase()) : named;
  return cuts[hash(id) % cuts.length];
}

function gradient(id, colours) {
  const share = 100 / colours.length;
  const stops = colours.flatMap((paint, index) => [
    drawn("stop", { offset: `${index * share}%`, "stop-color": paint }),
    drawn("stop", { offset: `${(index + 1) * share}%`, "stop-color": paint }),
  ]);
  return drawn("linearGradient", { id, x2: "0.35", y2: "1" }, stops);
}

export function garment(product) {
  const colours = paints(product.colour, product.product_id);
  const [outline, seams] = cutOf(product);
  const id = `paint-${(drawings += 1)}`;
  const many = colours.length > 1;
  return drawn(
    "svg",
    { viewBox: "0 0 200 220", class: "garment", role: "img", "aria-label": product.title },
    many ? drawn("defs", {}, gradient(id, colours)) : null,
    drawn("ellipse", { cx: 100, cy: 204, rx: 52, ry: 5, class: "shade" }),
    drawn("path", { d: outline, fill: many ? `url(#${id})` : colours[0], class: "cloth" }),
    drawn("path", { d: seams, class: "seam" }),
  );
}

/** The product's picture, or the drawing if there is none or it does not load. */
export function picture(product) {
  if (!product.image_url) return garment(product);
  const image = document.createElement("img");
  image.alt = product.title;
  image.loading = "lazy";
  image.decoding = "async";
  image.referrerPolicy = "no-referrer";
  image.addEventListener("error", () => image.replaceWith(garment(product)), { once: true });
  image.src = product.image_url;
  return image;
}
