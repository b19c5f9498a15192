/** A product as a card. Text is always text, and an address is one of the web or none. */

import type { RowItem } from "../shapes/rows.js";

/** What a page can show of it; longer titles help nobody. */
const TITLE_CHARACTERS = 160;
const HANGER = "M12 9c-1 0-2-1-2-2a2 2 0 0 1 4 0c0 1-2 1-2 3l8 6c1 1 0 2-1 2H5c-1 0-2-1-1-2l8-6";

export function element(tag: string, part: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.setAttribute("part", part);
  made.append(...children);
  return made;
}

/** Text of a shop, in the direction that it is written in. */
export function text(tag: string, part: string, said: string): HTMLElement {
  const made = element(tag, part, said.length > TITLE_CHARACTERS ? `${said.slice(0, TITLE_CHARACTERS)}…` : said);
  made.dir = "auto";
  return made;
}

/** The address if it is one of the web, else undefined. */
function webAddress(said: string | null | undefined): string | undefined {
  try {
    const { protocol, href } = new URL(said!, document.baseURI);
    return said && /^https?:$/.test(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

export function money(amount: number | null, currency: string): string {
  try {
    return amount === null ? "" : new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
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
  image.decoding = "async";
  image.onerror = () => image.replaceWith(drawing());
  image.src = address;
  tile.append(image);
  return tile;
}

/** Without an item it is the place of one. `pages` is the address of a product's page, with `{id}`. */
export function card(item?: RowItem, pages = ""): HTMLElement {
  const name = text("p", "name", item?.title ?? "");
  name.className = "n";
  const price = element("p", "price", item ? money(item.price, item.currency) : "");
  price.className = "p";
  if (item && item.price !== null && (item.list_price ?? 0) > item.price) {
    price.append(element("s", "list-price", money(item.list_price, item.currency)));
  }
  const link = element("a", "link", picture(item), name, price) as HTMLAnchorElement;
  const address = item && webAddress(item.page_url ?? (pages && pages.replace("{id}", encodeURIComponent(item.product_id))));
  if (address) link.href = address;
  return element("li", "card", link);
}
