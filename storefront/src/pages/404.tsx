import Head from "next/head";
import Link from "next/link";

import { Notice } from "../notices/Notice";

export default function MissingPage() {
  return (
    <>
      <Head><title>Not found · Fitting Room</title></Head>
      <Notice title="There is nothing under this address">
        <p>The page may have moved, or the address has a slip in it.</p>
        <p><Link href="/" className="link">Go to the shop</Link> or <Link href="/search" className="link">search for something</Link>.</p>
      </Notice>
    </>
  );
}
