import Head from "next/head";

import { Hero } from "../home/Hero";
import { HomeRows } from "../home/HomeRows";
import { TopCategories } from "../home/TopCategories";

export default function HomePage() {
  return (
    <>
      <Head><title>Fitting Room</title></Head>
      <Hero />
      <TopCategories />
      <HomeRows />
    </>
  );
}
