/** Receipts of erasures (docs/privacy.md): what was removed from which store, signed, naming nobody. */

export type ErasureState = "waiting" | "live_done" | "done";

export interface StoreErasure {
  store: string;
  removed: number;
  erased_at: string;
  /** What is still there, until when and why; empty where nothing is. */
  left: string;
}

export interface Receipt {
  request_id: string;
  state: ErasureState;
  asked_at: string;
  sessions: number;
  unknown: number;
  live_at: string | null;
  done_at: string | null;
  stores: readonly StoreErasure[];
  waits_for?: string;
  /** Further requests, for more visits of the same person. */
  parts?: readonly string[];
  handed_out?: readonly string[];
}

export interface SignedReceipt {
  receipt: Receipt;
  algorithm: string;
  key_id: string;
  public_key: string;
  signature: string;
  /** The answer to the byte: what is kept as a file can be verified. */
  text: string;
}

/** Throws where the answer is no receipt. */
export function receiptIn(text: string): SignedReceipt {
  const signed = JSON.parse(text) as SignedReceipt;
  if (typeof signed.signature !== "string" || !Array.isArray(signed.receipt?.stores)) throw new TypeError("no receipt");
  return { ...signed, text };
}

/** Nothing that serves has anything left; the nights' copies may still wait. */
export const isOver = ({ receipt }: SignedReceipt): boolean => receipt.state !== "waiting";

export function stateWords({ state, sessions, waits_for: waits }: Receipt): string {
  const visits = sessions === 1 ? "One visit" : `${sessions} visits`;
  if (state === "waiting") return `${visits}: being erased now.${waits ? ` It waits for: ${waits}.` : ""}`;
  if (state === "live_done") return `${visits}: erased from all that serves this shop. The next night takes the rest out of its copies.`;
  return `${visits}: erased everywhere.`;
}

/** A store's name as a heading; its id is English already. */
export const storeName = (store: string): string => `${store.charAt(0).toUpperCase()}${store.slice(1)}`;

export const fileName = ({ receipt }: SignedReceipt): string => `erasure-receipt-${receipt.request_id.replace(/[^\w-]/g, "")}.json`;

/** Ids of requests that are still looked at, as this browser keeps them. */
export function requestIdsIn(stored: unknown): readonly string[] {
  return Array.isArray(stored) ? stored.filter((id): id is string => typeof id === "string" && /^[\w-]{1,64}$/.test(id)).slice(0, 5) : [];
}
