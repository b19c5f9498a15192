/** `<fitting-room-row placement="home">`: a live row in any page. */

import { openAging } from "./stand.js";
import type { Options } from "./options.js";
import type { Purpose } from "./shapes/events.js";
import type { Row, RowQuestion } from "./shapes/rows.js";
import { card, element, text } from "./row/cards.js";
import { askRow, fittingRoom } from "./row/shared.js";
import { rowSheet } from "./row/sheet.js";

export { fittingRoom };
export { ApiError } from "./problem.js";
export type { FittingRoom, Options } from "./options.js";

const PLACES = 6;
/** A row is asked for before it is scrolled to. */
const NEAR = "400px";
const ASKED = ["placement", "strategy", "product-id", "category-id", "count"];
/** Also where there is no browser, so that a server may import this. */
const Host = globalThis.HTMLElement ?? class {} as typeof HTMLElement;

export class FittingRoomRow extends Host {
  static observedAttributes = [...ASKED, "key", "api-url", "pages"];

  #ends: (() => void)[] = [];
  #watched: (() => void)[] = [];
  #cards = new Map<string, HTMLElement>();
  #row: Row | undefined;
  #round = 0;
  #askedAt = 0;

  connectedCallback(): void {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [rowSheet()];
    this.#draw(this.#row);
    const near = new IntersectionObserver((entries) => {
      if (!entries.at(-1)!.isIntersecting) return;
      near.disconnect();
      this.#start();
    }, { rootMargin: NEAR });
    near.observe(this);
    this.#ends = [() => near.disconnect()];
  }

  disconnectedCallback(): void {
    for (const end of [...this.#ends, ...this.#watched]) end();
    this.#ends = this.#watched = [];
    this.#round += 1;
  }

  attributeChangedCallback(): void {
    if (this.#askedAt > 0 && this.isConnected) this.#start();
  }

  #said(name: string): string | undefined {
    return this.getAttribute(name) || undefined;
  }

  #options(): Options {
    // An empty one is said: it agrees to nothing.
    const consent = this.getAttribute("consent");
    return {
      apiUrl: this.#said("api-url"), key: this.#said("key"),
      consent: consent === "wait" ? consent : consent?.split(/[\s,]+/).filter(Boolean) as Purpose[] | undefined,
    };
  }

  #start(): void {
    for (const end of this.#ends) end();
    void this.#ask();
    const isOld = openAging(() => this.#askedAt);
    this.#ends = [fittingRoom(this.#options()).subscribe((profile) => {
      // The API answers again, or the visit has gone on.
      if (isOld(profile) || (!this.#row && this.#askedAt === 1)) void this.#ask();
    })];
  }

  async #ask(): Promise<void> {
    const round = this.#round += 1;
    this.#askedAt = Date.now();
    const question: Record<string, unknown> = {};
    for (const name of ASKED) {
      const said = this.getAttribute(name);
      if (said) question[name.replace("-", "_")] = name === "count" ? +said || undefined : said;
    }
    try {
      const row = await askRow(this.#options(), question as RowQuestion, () => round === this.#round);
      // An answer of another shape fails here, before anything of it is shown.
      const items = row.items.filter(Boolean);
      if (round === this.#round) this.#draw({ ...row, items });
    } catch {
      // What is shown stays; else the page's own content stands in, or an empty place.
      if (round !== this.#round || this.#row) return;
      this.#askedAt = 1;
      this.shadowRoot!.replaceChildren(document.createElement("slot"));
    }
  }

  #places(): number {
    return Math.max(1, Math.min(50, Math.trunc(+this.#said("count")!) || PLACES));
  }

  /** Without a row, the places of its cards: as high as the row will be. */
  #draw(row?: Row): void {
    this.#row = row;
    for (const end of this.#watched) end();
    const items = row ? row.items : Array<undefined>(this.#places()).fill(undefined);
    this.hidden = items.length === 0;
    const before = this.#cards;
    this.#cards = new Map();
    const cards = items.map((item, place) => {
      // What shows the same stays the same card: with its picture, and the keyboard's focus.
      const shows = item ? [item.product_id, item.title, item.price, item.list_price, item.image_url, item.page_url].join() : `${place}`;
      const made = before.get(shows) ?? card(item, this.#said("pages"));
      this.#cards.set(shows, made);
      return made;
    });
    const root = this.shadowRoot!;
    const focused = root.activeElement as HTMLElement | null;
    const title = text("h2", "title", row?.title ?? "");
    const list = root.querySelector("ul") ?? element("ul", "cards");
    list.replaceChildren(...cards);
    const section = element("section", "row", title, list);
    section.setAttribute("aria-label", title.textContent!);
    section.inert = !row;
    root.replaceChildren(section);
    focused?.focus({ preventScroll: true });
    const client = fittingRoom(this.#options());
    this.#watched = (row?.items ?? []).map(({ product_id: productId, slot }, place) => client.watch(cards[place]!, {
      productId, slot, ...(row!.decision_id && { decisionId: row!.decision_id }),
    }));
  }
}

if (globalThis.customElements && !customElements.get("fitting-room-row")) {
  customElements.define("fitting-room-row", FittingRoomRow);
}
