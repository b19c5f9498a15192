import { type FittingRoom } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { useEffect, useState } from "react";

import { readAnswer } from "./answers";
import { isOver, receiptIn, type SignedReceipt } from "./receipt";

const POLL_MS = 1_500;
/** While the shop is away. */
const SLOW_MS = 6_000;

export interface Receipts {
  receipts: readonly SignedReceipt[];
  /** That they cannot be read just now; it is tried again. */
  error: unknown;
}

async function readAll(client: FittingRoom, ids: readonly string[]): Promise<readonly SignedReceipt[]> {
  return Promise.all(ids.map(async (id) => receiptIn(await (await readAnswer(client, `/v1/erasures/${encodeURIComponent(id)}`)).text())));
}

/** Receipts of these requests, read again until nothing that serves has anything left. */
export function useReceipts(ids: readonly string[]): Receipts {
  const client = useFittingRoom();
  const [found, setFound] = useState<Receipts>({ receipts: [], error: null });
  const names = ids.join("\n");
  useEffect(() => {
    setFound({ receipts: [], error: null });
    if (names === "") return undefined;
    let timer: ReturnType<typeof setTimeout>;
    let isCurrent = true;
    const look = () => {
      readAll(client, names.split("\n")).then(
        (receipts) => {
          if (!isCurrent) return;
          setFound({ receipts, error: null });
          if (!receipts.every(isOver)) timer = setTimeout(look, POLL_MS);
        },
        (error: unknown) => {
          if (!isCurrent) return;
          setFound((before) => ({ ...before, error }));
          // An id that the shop does not know will not come to be.
          if ((error as { status?: number }).status !== 404) timer = setTimeout(look, SLOW_MS);
        },
      );
    };
    look();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [client, names]);
  return found;
}
