import { useRouter } from "next/router";

import { useHydrated } from "../live/useHydrated";
import { MOST_LETTERS, SearchView } from "../list/SearchView";

export default function SearchPage() {
  const { isReady, query } = useRouter();
  const isAlive = useHydrated();
  const words = [query.words ?? ""].flat()[0] ?? "";
  return <SearchView words={isAlive && isReady ? words.trim().slice(0, MOST_LETTERS) : null} />;
}
