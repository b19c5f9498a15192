import { ProfileProvider } from "@fitting-room/client/react";
import type { AppProps } from "next/app";
import localFont from "next/font/local";
import Head from "next/head";

import { Guard } from "../notices/Guard";
import { Layout } from "../shell/Layout";
import "../styles/global.css";

const sans = localFont({
  src: "../../../node_modules/@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2",
  weight: "400 700",
  // One that comes late would move what stands there.
  display: "optional",
  adjustFontFallback: "Arial",
});

export default function App({ Component, pageProps, router }: AppProps) {
  return (
    <ProfileProvider>
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Fitting Room</title>
      </Head>
      <div className={sans.className}>
        <Layout>
          <Guard path={router.asPath}>
            <Component {...pageProps} />
          </Guard>
        </Layout>
      </div>
    </ProfileProvider>
  );
}
