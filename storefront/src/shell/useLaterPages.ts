import { useRouter } from "next/router";
import { useEffect } from "react";

import { loadDialog } from "../why/loadDialog";

/** Where a shopper goes next; of products and categories any address will do. */
const PAGES = ["/", "/product/-", "/category/-", "/search", "/cart"];
const LATEST_MS = 5_000;

/**
 * Once the page has nothing better to do, load the scripts that are needed next: a click is then
 * answered at once, and by words of ours should the shop be away by then.
 */
export function useLaterPages(): void {
  const { prefetch } = useRouter();
  useEffect(() => {
    const load = () => {
      for (const page of PAGES) void prefetch(page).catch(() => undefined);
      void loadDialog().catch(() => undefined);
    };
    if (!("requestIdleCallback" in globalThis)) {
      const timer = setTimeout(load, LATEST_MS);
      return () => clearTimeout(timer);
    }
    const asked = requestIdleCallback(load, { timeout: LATEST_MS });
    return () => cancelIdleCallback(asked);
  }, [prefetch]);
}
