/** What lines of the bag cost: a bundle's offer counts for as many pieces as make the bundle whole. */

import type { BagLine } from "../bag/bag.ts";
import { decimal } from "../catalogue/money.ts";
import { type Amount, amountOf, sumOfAmounts, times } from "./amounts.ts";

/** So many pieces at one price; null where the shop has none. */
export interface Charge {
  pieces: number;
  each: Amount | null;
}

export interface ChargedLine {
  line: BagLine;
  charges: readonly Charge[];
  total: Amount | null;
  /** What the catalogue asks for the same; null where that is not more. */
  before: Amount | null;
}

export interface Charged {
  lines: readonly ChargedLine[];
  /** Null where a line has no price, or one in other money. */
  total: Amount | null;
  saving: Amount | null;
}

type Lines = readonly BagLine[];

/** Lines of one bundle; a bundle of which only one line is left is none any more. */
export function bundlesOf(lines: Lines): ReadonlyMap<string, Lines> {
  const found = new Map<string, BagLine[]>();
  for (const line of lines) {
    if (line.suggested === null) continue;
    const id = line.suggested.bundle_id;
    found.set(id, [...(found.get(id) ?? []), line]);
  }
  return new Map([...found].filter(([, members]) => isWhole(members)));
}

/** Where a line knows which products make its bundle, all of them have to be there. */
function isWhole(members: Lines): boolean {
  const ids = new Set(members.map(({ product_id: id }) => id));
  const named = members[0]?.suggested?.product_ids;
  return named ? named.every((id) => ids.has(id)) : ids.size > 1;
}

function chargedLine(line: BagLine, sets: number): ChargedLine {
  const { product, quantity, offered } = line;
  const usual = amountOf(product.price, product.currency);
  const offer = offered && lessThan(usual, amountOf(decimal(offered.units, offered.digits), offered.currency));
  const reduced = offer === null ? 0 : Math.min(sets, quantity);
  const charges = [{ pieces: reduced, each: offer }, { pieces: quantity - reduced, each: usual }].filter(({ pieces }) => pieces > 0);
  const total = sumOfAmounts(charges.map(({ pieces, each }) => each && times(each, pieces)));
  const full = usual && times(usual, quantity);
  const isLess = total !== null && full !== null && total.currency === full.currency && total.millionths < full.millionths;
  return { line, charges, total, before: isLess ? full : null };
}

/** The offer, unless the catalogue asks no more by now. */
function lessThan(usual: Amount | null, offer: Amount | null): Amount | null {
  if (usual === null || offer === null || usual.currency !== offer.currency) return null;
  return offer.millionths < usual.millionths ? offer : null;
}

export function chargesFor(lines: Lines): Charged {
  const bundles = bundlesOf(lines);
  const charged = lines.map((line) => {
    const members = bundles.get(line.suggested?.bundle_id ?? "") ?? [];
    const sets = members.length === 0 ? 0 : Math.min(...members.map(({ quantity }) => quantity));
    return chargedLine(line, sets);
  });
  const total = sumOfAmounts(charged.map(({ total: of }) => of));
  const before = sumOfAmounts(charged.map(({ before: full, total: now }) => full ?? now));
  const saved = total && before ? before.millionths - total.millionths : 0n;
  return { lines: charged, total, saving: total && saved > 0n ? { millionths: saved, currency: total.currency } : null };
}
