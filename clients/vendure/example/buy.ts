/** Buys pieces of a product as a visitor of the shop does: `node dist/example/buy.js wrap-dress 2`. */

import { randomUUID } from "node:crypto";

const ADDRESS = { streetLine1: "Street 1", city: "Town", postalCode: "10115", countryCode: "DE" };
const BUYER = { emailAddress: "buyer@shop.example", firstName: "A", lastName: "Buyer" };
/** What each change of the order answers. */
const ORDER = "{ __typename ... on Order { code state subTotalWithTax } ... on ErrorResult { message } }";

interface PlacedOrder {
  __typename: string;
  code: string;
  state: string;
  subTotalWithTax: number;
  message?: string;
}

/** A visitor, whose token of the shop's session goes with each call. */
class Visitor {
  readonly visit = randomUUID();
  private token: string | null = null;

  constructor(private readonly shop: string) {}

  async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const answer = await fetch(`${this.shop}/shop-api`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(this.token && { authorization: `Bearer ${this.token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    this.token = answer.headers.get("vendure-auth-token") ?? this.token;
    const { data, errors } = (await answer.json()) as { data: T; errors?: { message: string }[] };
    if (errors) throw new Error(errors.map(({ message }) => message).join(" "));
    return data;
  }

  async change(input: string, call: string, variables: Record<string, unknown>): Promise<PlacedOrder> {
    const { order } = await this.ask<{ order: PlacedOrder }>(`mutation (${input}) { order: ${call} ${ORDER} }`, variables);
    if (order.__typename !== "Order") throw new Error(order.message ?? order.__typename);
    return order;
  }
}

async function main(slug: string, pieces: number): Promise<void> {
  const visitor = new Visitor(`http://127.0.0.1:${process.env["PORT"] ?? 3000}`);
  const { product } = await visitor.ask<{ product: { variants: { id: string }[] } | null }>(
    "query ($slug: String!) { product(slug: $slug) { variants { id } } }",
    { slug },
  );
  const id = product?.variants[0]?.id;
  if (id === undefined) throw new Error(`The shop has no product ${slug}.`);
  await visitor.change("$id: ID!, $pieces: Int!", "addItemToOrder(productVariantId: $id, quantity: $pieces)", { id, pieces });
  const customFields = { fittingRoomSession: visitor.visit };
  await visitor.change("$input: UpdateOrderInput!", "setOrderCustomFields(input: $input)", { input: { customFields } });
  await visitor.change("$buyer: CreateCustomerInput!", "setCustomerForOrder(input: $buyer)", { buyer: BUYER });
  await visitor.change("$address: CreateAddressInput!", "setOrderShippingAddress(input: $address)", { address: ADDRESS });
  const offered = await visitor.ask<{ shipping: { id: string }[]; payment: { code: string }[] }>(
    "{ shipping: eligibleShippingMethods { id } payment: eligiblePaymentMethods { code } }",
  );
  await visitor.change("$ids: [ID!]!", "setOrderShippingMethod(shippingMethodId: $ids)", {
    ids: offered.shipping.slice(0, 1).map((method) => method.id),
  });
  await visitor.change("$state: String!", "transitionOrderToState(state: $state)", { state: "ArrangingPayment" });
  const { code, state, subTotalWithTax } = await visitor.change("$input: PaymentInput!", "addPaymentToOrder(input: $input)", {
    input: { method: offered.payment[0]?.code, metadata: {} },
  });
  process.stdout.write(`Order ${code} (${state}, ${subTotalWithTax / 100} without shipping) of the visit\n${visitor.visit}\n`);
}

void main(process.argv[2] ?? "wrap-dress", Number(process.argv[3] ?? 1)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
