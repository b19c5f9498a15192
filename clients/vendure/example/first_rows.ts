import type { InitialData, LanguageCode } from "@vendure/core";

const DEPARTMENTS = ["Shirts", "Trousers", "Dresses", "Knitwear", "Jackets"];

/** What a shop needs beside its products. */
export const FIRST_ROWS: InitialData = {
  defaultLanguage: "en" as LanguageCode,
  defaultZone: "Europe",
  countries: [{ code: "DE", name: "Germany", zone: "Europe" }],
  taxRates: [{ name: "Standard", percentage: 19 }],
  shippingMethods: [{ name: "Standard", price: 490 }],
  paymentMethods: [
    {
      name: "On account",
      handler: { code: "dummy-payment-handler", arguments: [{ name: "automaticSettle", value: "true" }] },
    },
  ],
  collections: [
    { name: "Clothing" },
    ...DEPARTMENTS.map((name) => ({
      name,
      parentName: "Clothing",
      filters: [{ code: "facet-value-filter" as const, args: { facetValueNames: [name], containsAny: false } }],
    })),
  ],
};
