import Head from "next/head";

import { AccountPage } from "../account/AccountPage";

export default function PersonPage() {
  return (
    <>
      <Head><title>Account · Fitting Room</title></Head>
      <AccountPage />
    </>
  );
}
