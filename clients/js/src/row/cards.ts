/** A product as a card. Text is always text, and an address is one of the web or none. */

import type { RowItem } from "../shapes/rows.js";

/** What a page can show of it; longer titles help nobody. */
const TITLE_CHARACTERS = 160;
const HANGER = "M10 6a2 2 0 1 1 2 3v2l9 7H3l9-7";

export function element(tag: string, part: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.setAttribute("part", part);
  made.append(...children);
  return made;
}

/** Text of a shop, in the direction that it is written in. */
export function text(tag: string, part: string, said: string): HTMLElement {
  // Some characters have two places in a string.
  const characters = [...said];
  const made = element(tag, part, characters[TITLE_CHARACTERS] ? `${characters.slice(0, TITLE_CHARACTERS).join("")}…` : said);
  made.dir = "auto";
  return made;
}

/** The address if it is one of the web, else undefined. */
function webAddress(said: string | null | undefined): string | undefined {
  try {
    const { href } = new URL(said!, document.baseURI);
    return said && /^https?:/.test(href) ? href : undefined;
  } catch {
    return undefined;
  }
}

export function money(amount: number | null, currency: string): string {
  try {
    return amount?.toLocaleString(undefined, { style: "currency", currency }) ?? "";
  } catch {
    return `${amount} ${currency}`;
  }
}

function drawing(): Element {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "-4 -4 32 32");
  svg.append(document.createElementNS(svg.namespaceURI, "path"));
  svg.firstElementChild!.setAttribute("d", HANGER);
  return svg;
}

function picture(item: RowItem | undefined): HTMLElement {
  const tile = element("div", "picture");
  const address = webAddress(item?.image_url);
  if (!address) {
    if (item) tile.append(drawing());
    return tile;
  }
  const image = document.createElement("img");
  // The title beside it says what it shows.
  image.alt = "";
  image.loading = "lazy";
  image.onerror = () => image.replaceWith(drawing());
  image.src = address;
  tile.append(image);
  return tile;
}

/** Without an item it is the place of one. `pages` is the address of a product's page, with `{id}`. */
export function card(item?: RowItem, pages = ""): HTMLElement {
  const name = text("p", "name", item?.title ?? "");
  const price = element("p", "price", item ? money(item.price, item.currency) : "");
  if (item && item.price !== null && item.list_price! > item.price) {
    price.append(element("s", "list-price", money(item.list_price, item.currency)));
  }
  const link = element("a", "link", picture(item), name, price) as HTMLAnchorElement;
  const address = item && webAddress(item.page_url ?? (pages && pages.replace("{id}", encodeURIComponent(item.product_id))));
  if (address) link.href = address;
  return element("li", "card", link);
}
