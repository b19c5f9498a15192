import { useSyncExternalStore } from "react";

const never = () => () => {};

/** False in the exported page and while it comes alive, when nothing may differ from it yet. */
export const useHydrated = (): boolean => useSyncExternalStore(never, () => true, () => false);
