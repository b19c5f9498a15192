/** Shapes of calls, as docs/catalogue.md and docs/api.md of Fitting Room have them. */

export interface ProductRow {
  id: string;
  title: string;
  category_id?: string;
  category_path?: string[];
  group_id?: string;
  description?: string;
  brand?: string;
  gender?: string;
  material?: string;
  size?: string;
  sizes?: string[];
  colour?: string;
  colours?: string[];
  tags?: string[];
  price?: number;
  currency?: string;
  stock?: number;
  image?: string;
  page?: string;
  listed_on?: string;
  attributes: Record<string, string | string[]>;
}

export interface CategoryRow {
  id: string;
  name: string;
  parent_id: string | null;
}

export interface Fault {
  code: string;
  detail: string;
  field?: string;
}

export interface LineVerdict {
  line: number;
  verdict: "created" | "updated" | "unchanged" | "rejected" | "failed" | "retired";
  id?: string;
  errors?: Fault[];
}

export interface ProductPage {
  products: { id: string; retired_at?: string; attributes?: Record<string, unknown> }[];
  next: string | null;
}

export interface CategoryPage {
  categories: { id: string }[];
  next: string | null;
}

export interface OrderLineRow {
  product_id: string;
  quantity: number;
  unit_price: string;
  currency: string;
}

export interface OrderRow {
  type: "checkout" | "refund";
  event_id: string;
  session_id: string;
  occurred_at: string;
  order_id: string;
  lines: OrderLineRow[];
}

export interface EventVerdict {
  verdict: "accepted" | "waiting" | "duplicate" | "rejected";
  code?: string;
  detail?: string;
}
