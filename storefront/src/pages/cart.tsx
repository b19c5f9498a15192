import Head from "next/head";

import { CartPage } from "../cart/CartPage";

export default function BagPage() {
  return (
    <>
      <Head><title>Your bag · Fitting Room</title></Head>
      <CartPage />
    </>
  );
}
