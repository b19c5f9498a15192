import { useRouter } from "next/router";
import { useEffect } from "react";

import { loadDialog } from "../why/loadDialog";

/** Where a shopper goes next; of products and categories any address will do. */
const PAGES = ["/", "/product/-", "/category/-", "/search", "/cart"];
const LATEST_MS = 5_000;

/** Call when the page has nothing better to do; returns how to call it off. */
function whenIdle(act: () => void): () => void {
  if (!("requestIdleCallback" in globalThis)) {
    const timer = setTimeout(act, LATEST_MS);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback(act, { timeout: LATEST_MS });
  return () => cancelIdleCallback(asked);
}

/**
 * Load the scripts that are needed next, one page at a time: a click is then answered at once, and
 * by words of ours should the shop be away by then.
 */
export function useLaterPages(): void {
  const { prefetch } = useRouter();
  useEffect(() => {
    const loads = [...PAGES.map((page) => () => prefetch(page)), loadDialog];
    let callOff = () => {};
    const loadNext = () => {
      const load = loads.shift();
      if (load === undefined) return;
      void load().catch(() => undefined);
      callOff = whenIdle(loadNext);
    };
    callOff = whenIdle(loadNext);
    return () => callOff();
  }, [prefetch]);
}
