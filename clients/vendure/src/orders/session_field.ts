import type { CustomFieldConfig, Order } from "@vendure/core";

/** Where the page writes the visit of an order, by Vendure's `setOrderCustomFields`. */
export const SESSION_FIELD = "fittingRoomSession";
/** The same as a header of any call of the shop API that places the order. */
export const SESSION_HEADER = "x-fitting-room-session";

const SESSION = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const SESSION_FIELD_CONFIG: CustomFieldConfig = {
  name: SESSION_FIELD,
  type: "string",
  nullable: true,
  length: 36,
  // Who has the order may read it, as `customFields` of any order.
  public: true,
  pattern: SESSION.source.replaceAll("0-9a-f", "0-9a-fA-F"),
};

/** Return the visit's id, null of what is none. */
export function sessionIdOf(text: unknown): string | null {
  return typeof text === "string" && SESSION.test(text) ? text.toLowerCase() : null;
}

export function sessionOf(order: Pick<Order, "customFields">): string | null {
  return sessionIdOf((order.customFields as Record<string, unknown> | undefined)?.[SESSION_FIELD]);
}
