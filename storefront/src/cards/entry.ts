import type { CardProduct } from "../catalogue/types";

/** A product with the place where a decision shows it. */
export interface Entry {
  product: CardProduct;
  /** Absent where nothing was decided, as in an order by price. */
  decisionId?: string | undefined;
  /** Absent where the product fills up behind the slate. */
  slot?: number | undefined;
  reason?: string | undefined;
  /** Shown to learn whether anybody likes it. */
  explored?: boolean | undefined;
}

export const idsOf = (entries: readonly Entry[]): readonly string[] => entries.map(({ product }) => product.product_id);
