import { useFittingRoom } from "@fitting-room/client/react";
import { useCallback, useEffect, useState } from "react";

import { address } from "../catalogue/addresses";
import { keepCard, knownCard } from "../catalogue/cardStore";
import type { ProductCard } from "../catalogue/types";
import { useVisit } from "../live/useVisit";

export interface ReadProduct {
  product: ProductCard | null;
  /** Also beside a product that was known before: then that is the last that is known of it. */
  error: unknown;
  reload(): void;
}

/** A product, at once where a card has shown it; read again when the shop says otherwise. */
export function useProduct(id: string | null): ReadProduct {
  const client = useFittingRoom();
  const { profile } = useVisit();
  const [read, setRead] = useState<{ id: string; product: ProductCard | null; error: unknown } | null>(null);
  const [tries, setTries] = useState(0);
  const isOutdated = profile !== null && read?.product != null && knownCard(read.product.product_id) === undefined;
  useEffect(() => {
    if (id === null) return undefined;
    const stop = new AbortController();
    client.request<ProductCard>(address("/v1/products", id), { signal: stop.signal }).then(
      (product) => !stop.signal.aborted && setRead({ id, product: keepCard(product), error: null }),
      (error: unknown) =>
        !stop.signal.aborted && setRead((before) => ({ id, product: before?.id === id ? before.product : null, error })),
    );
    return () => stop.abort();
  }, [client, id, tries, isOutdated]);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  const isCurrent = read !== null && read.id === id;
  const product = (isCurrent ? read.product : null) ?? (id === null ? null : (knownCard(id) ?? null));
  return { product, error: isCurrent ? read.error : null, reload };
}
