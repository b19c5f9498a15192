import type { ReactNode } from "react";

import { useToldChoice } from "../choice/useToldChoice";
import { GarmentLight } from "../picture/Garment";
import { WhyAnswer } from "../why/WhyAnswer";
import { Announcer } from "./Announcer";
import { Footer } from "./Footer";
import { Header } from "./Header";
import { slice } from "./slices";
import { useLaterPages } from "./useLaterPages";

const MainSlice = slice();
const FooterSlice = slice();

/** What stands on every page. */
export function Layout({ children }: { children: ReactNode }) {
  useLaterPages();
  useToldChoice();
  return (
    <>
      <a className="skip unseen" href="#main">Skip to the content</a>
      <GarmentLight />
      <Header />
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
