import { type ReactNode, useEffect } from "react";

import { readFormats } from "../catalogue/money";
import { useToldChoice } from "../choice/useToldChoice";
import { GarmentLight } from "../picture/Garment";
import { WhyAnswer } from "../why/WhyAnswer";
import { Announcer } from "./Announcer";
import { Footer } from "./Footer";
import { Header } from "./Header";
import { slice } from "./slices";
import { useLaterPages } from "./useLaterPages";

const HeaderSlice = slice();
const MainSlice = slice();
const FooterSlice = slice();

/** What stands on every page. */
export function Layout({ children }: { children: ReactNode }) {
  useLaterPages();
  useToldChoice();
  useEffect(() => {
    // In a task of its own, while the shop is asked for what has prices.
    const timer = setTimeout(readFormats);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <a className="skip unseen" href="#main">Skip to the content</a>
      <GarmentLight />
      <HeaderSlice><Header /></HeaderSlice>
      <MainSlice><main id="main" tabIndex={-1}>{children}</main></MainSlice>
      <FooterSlice><Footer /></FooterSlice>
      <Announcer />
      <WhyAnswer />
      <noscript>
        <p className="page">This shop follows what you like, which needs JavaScript.</p>
      </noscript>
    </>
  );
}
