import { useSyncExternalStore } from "react";

const never = () => () => {
  /** It happens once, and React sees that by itself. */
};

/** False in exported pages and in their first moment: what only this browser knows is not there yet. */
export function useMounted(): boolean {
  return useSyncExternalStore(never, () => true, () => false);
}
