import { useRouter } from "next/router";

import { subjectOf } from "../catalogue/addresses";
import { useHydrated } from "../live/useHydrated";

/** The id in the address: null in the exported page, and until the router has read it. */
export function useSubjectId(): string | null {
  const { isReady, asPath } = useRouter();
  return useHydrated() && isReady ? (subjectOf(asPath)?.id ?? null) : null;
}
