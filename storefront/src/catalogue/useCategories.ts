import type { FittingRoom } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { useCallback, useEffect, useState } from "react";

import { browserStorage } from "../storage/kept";
import type { CategoryList } from "./types";

const KEY = "fr.shop.categories";
/** Of a page's life: the night makes another order. */
const FRESH_MS = 300_000;

let asked: { at: number; answer: Promise<CategoryList> } | null = null;

function readCategories(client: FittingRoom): Promise<CategoryList> {
  if (asked && Date.now() - asked.at < FRESH_MS) return asked.answer;
  const answer = client.request<CategoryList>("/v1/categories");
  asked = { at: Date.now(), answer };
  answer.then(
    (list) => browserStorage.write(KEY, { ranked_by: list.ranked_by, categories: list.categories.slice(0, 60) }),
    () => {
      asked = null;
    },
  );
  return answer;
}

function lastKnown(): CategoryList | null {
  const kept = browserStorage.read(KEY) as CategoryList | null;
  return Array.isArray(kept?.categories) ? kept : null;
}

export interface Categories {
  /** Those of now, or the last that this browser knows while the shop is away. */
  list: CategoryList | null;
  error: unknown;
  reload(): void;
}

export function useCategories(): Categories {
  const client = useFittingRoom();
  const [list, setList] = useState<CategoryList | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    const known = lastKnown();
    if (known) setList((shown) => shown ?? known);
    readCategories(client).then(
      (read) => {
        if (!isCurrent) return;
        setList(read);
        setError(null);
      },
      (problem: unknown) => isCurrent && setError(problem),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, tries]);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  useEffect(() => {
    addEventListener("online", reload);
    return () => removeEventListener("online", reload);
  }, [reload]);
  return { list, error, reload };
}
