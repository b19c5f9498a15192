import { useRouter } from "next/router";

import { subjectOf } from "../catalogue/addresses";
import { useHydrated } from "../live/useHydrated";

/** The id in the address: null in the exported page. */
export function useSubjectId(): string | null {
  const { isReady, asPath } = useRouter();
  if (!useHydrated()) return null;
  // A page that was just opened does not wait for the router, which reads the address only later.
  return subjectOf(isReady ? asPath : location.pathname + location.search)?.id ?? null;
}
