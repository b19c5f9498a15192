import type { RowQuestion } from "@fitting-room/client";
import { useEffect, useMemo, useRef } from "react";

import { useVisit } from "../live/useVisit";
import { TroubleNotice } from "../notices/TroubleNotice";
import { RowSections } from "../rows/RowSections";
import { type Rows, useRows } from "../rows/useRows";

const ROW = 6;

/** What goes with these products; asked for again when they change. */
export function CompletingRows({ name, productIds }: { name: string; productIds: readonly string[] }) {
  const ids = [...new Set(productIds)].join("\n");
  const questions = useMemo<readonly RowQuestion[]>(() => {
    const cart = ids.split("\n");
    return [{ strategy: "complementary", cart, exclude: cart, count: ROW }, { strategy: "personal", exclude: cart, count: ROW }];
  }, [ids]);
  const answer = useRows(name, questions);
  // An event makes the visit go on, and so the rows. Who refuses to be followed sends none.
  const before = useRef(ids);
  const { reload } = answer;
  useEffect(() => {
    if (before.current === ids) return;
    before.current = ids;
    reload();
  }, [ids, reload]);
  return <Answer answer={answer} room={["Goes well with it"]} />;
}

const STARTING: readonly RowQuestion[] = [
  { strategy: "recently_viewed", count: ROW },
  { strategy: "trending", count: ROW },
];

/** For those whose bag is empty. */
export function StartingRows() {
  return <Answer answer={useRows("cart-empty", STARTING)} room={["Trending items you may love"]} />;
}

function Answer({ answer: { rows, error, reload }, room }: { answer: Rows; room: readonly string[] }) {
  const { profile, error: away } = useVisit();
  // Without a profile rows are not asked for; as soon as the stream has one they are.
  if (rows === null && profile === null && away !== null) return <TroubleNotice error={away} part onRetry={() => location.reload()} />;
  if (rows === null && error !== null) return <TroubleNotice error={error} part onRetry={reload} />;
  return <RowSections rows={rows} room={room} />;
}
