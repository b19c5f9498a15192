import Head from "next/head";

import { PrivacyPage } from "../privacy/PrivacyPage";

export default function ChoicesPage() {
  return (
    <>
      <Head><title>Privacy · Fitting Room</title></Head>
      <PrivacyPage />
    </>
  );
}
