/** Shapes of the catalogue as the API sends them (docs/api.md). */

export type Availability = "in_stock" | "out_of_stock" | "preorder" | "backorder";

/** What a card needs: rows, profiles and the catalogue all have it. */
export interface CardProduct {
  product_id: string;
  category_id: string;
  category_name?: string;
  title: string;
  price: number | null;
  currency: string;
  image_url: string | null;
  rating?: number | null;
  colour?: string | null;
  brand?: string | null;
  list_price?: number | null;
  availability?: string;
}

export interface ProductCard extends CardProduct {
  category_name: string;
  rating: number | null;
  /** Rounded down; null of too few people. */
  rating_count: number | null;
  colour: string | null;
  brand: string | null;
  list_price: number | null;
  availability: string;
  page_url: string | null;
  size: string | null;
  sizes: readonly string[];
  colours: readonly string[];
  group_id: string | null;
}

export interface CategoryCard {
  category_id: string;
  name: string;
  value: number | null;
  support: number | null;
  image_url: string | null;
}

export type RankedBy = "rating" | "popularity" | "name";

export interface CategoryList {
  ranked_by: RankedBy;
  categories: readonly CategoryCard[];
}
