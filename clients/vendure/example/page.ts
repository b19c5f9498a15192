import type { Product, ProductVariant } from "@vendure/core";

import { productKey, variantKey } from "../src";

interface Shown {
  product: Pick<Product, "id" | "name" | "description" | "slug">;
  variants: readonly Pick<ProductVariant, "id" | "name" | "priceWithTax" | "currencyCode">[];
  apiUrl: string;
  key: string;
}

/** Return the page as HTML; its script is `page_script` below. */
export function productPage({ product, variants, apiUrl, key }: Shown): string {
  const choices = variants.map(
    (variant) =>
      `<option value="${escape(String(variant.id))}" data-key="${escape(variantKey(variant.id))}">` +
      `${escape(variant.name)}, ${escape(money(variant.priceWithTax, variant.currencyCode))}</option>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="fitting-room-key" content="${escape(key)}">
<title>${escape(product.name)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  article { display: flex; flex-wrap: wrap; gap: 2rem; }
  article img { width: 15rem; aspect-ratio: 4 / 5; object-fit: cover; }
  fitting-room-row { margin-top: 2rem; }
  button, select { font: inherit; padding: 0.5rem 1rem; }
</style>
<main>
  <article data-product="${escape(productKey(product.id))}">
    <img src="/garments/${escape(encodeURIComponent(product.slug))}.svg" alt="">
    <div>
      <h1>${escape(product.name)}</h1>
      <p>${escape(product.description)}</p>
      <select aria-label="Variant">${choices.join("")}</select>
      <button>Add to the basket</button>
      <p role="status"></p>
    </div>
  </article>
  <fitting-room-row strategy="similar" product-id="${escape(productKey(product.id))}"
    count="4" key="${escape(key)}" api-url="${escape(apiUrl)}"></fitting-room-row>
</main>
<script type="module">
${pageScript(apiUrl, key)}
</script>
</html>
`;
}

/** The visit's events, and its id in the order: by it a purchase is known to come of this visit. */
function pageScript(apiUrl: string, key: string): string {
  return `import { fittingRoom } from ${quote(`${apiUrl}/client/element.js`)};
const room = fittingRoom({ apiUrl: ${quote(apiUrl)}, key: ${quote(key)} });
const article = document.querySelector("article");
const choice = document.querySelector("select");
room.track("product_view", { product_id: article.dataset.product });

async function shop(query, variables) {
  const answer = await fetch("/shop-api", {
    method: "POST",
    headers: { "content-type": "application/json", "x-fitting-room-session": room.sessionId },
    body: JSON.stringify({ query, variables }),
  });
  return (await answer.json()).data;
}

document.querySelector("button").addEventListener("click", async () => {
  const { addItemToOrder: order } = await shop(
    "mutation ($id: ID!) { addItemToOrder(productVariantId: $id, quantity: 1) { __typename ... on Order { code totalQuantity } } }",
    { id: choice.value },
  );
  if (order.__typename !== "Order") return;
  room.track("add_to_cart", { product_id: choice.selectedOptions[0].dataset.key });
  await shop("mutation ($session: String) { setOrderCustomFields(input: { customFields: { fittingRoomSession: $session } }) { __typename } }",
    { session: room.sessionId });
  document.querySelector("[role=status]").textContent = order.totalQuantity + " in the basket " + order.code;
});`;
}

function money(minor: number, currency: string): string {
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(minor / 100);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A text inside a script: no markup may end it. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll("<", "\\u003c");
}
