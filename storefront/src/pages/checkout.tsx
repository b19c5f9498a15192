import Head from "next/head";

import { CheckoutPage } from "../checkout/CheckoutPage";

export default function OrderPage() {
  return (
    <>
      <Head><title>Check out · Fitting Room</title></Head>
      <CheckoutPage />
    </>
  );
}
