import { Head, Html, Main, NextScript } from "next/document";

import { FRESH_RELEASE_SCRIPT } from "../shell/freshRelease";
import { THEME_SCRIPT } from "../shell/theme";

export default function Document() {
  return (
    <Html lang="en">
      <Head>
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="A clothing shop whose pages follow what you like, and say why." />
        {/* The API puts the page's publishable key here. */}
        <meta name="fitting-room-key" content="{{key}}" />
        {/* And whether operators look at their pages on the same port. */}
        <meta name="fitting-room-operations" content="{{operations}}" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <script dangerouslySetInnerHTML={{ __html: FRESH_RELEASE_SCRIPT }} />
        <script dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
      </Head>
      <body>
        <Main />
        <NextScript />
      </body>
    </Html>
  );
}
