import type { RowQuestion } from "@fitting-room/client";
import type { ReactNode } from "react";

import { Notice } from "../notices/Notice";
import { RowSections } from "../rows/RowSections";
import { useRows } from "../rows/useRows";

const INSTEAD: readonly RowQuestion[] = [
  { strategy: "personal", count: 6 },
  { strategy: "trending", count: 6 },
];

/** An empty list, with something to look at instead. */
export function Nothing({ title, heading = "h2", children }: { title: string; heading?: "h1" | "h2"; children?: ReactNode }) {
  const { rows } = useRows("nothing", INSTEAD, false);
  return (
    <>
      <Notice title={title} heading={heading} part>{children ?? <p>Here is what other shoppers like.</p>}</Notice>
      <RowSections rows={rows ?? []} room={[]} />
    </>
  );
}
