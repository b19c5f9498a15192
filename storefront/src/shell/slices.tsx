import { lazy, type ReactNode, Suspense } from "react";

/** Ends the task that the browser is in: between two it answers a tap. */
const nextTask = () => new Promise((resolve) => setTimeout(resolve));

function Children({ children }: { children: ReactNode }) {
  return children;
}

/**
 * A part of the exported page that comes alive in a task of its own; until then its HTML stands. What
 * it holds has to be one element, by which it is found again.
 */
export function slice(): (shown: { children: ReactNode }) => ReactNode {
  const Later = lazy(async () => {
    if ("document" in globalThis) await nextTask();
    return { default: Children };
  });
  return function Slice({ children }) {
    return <Suspense fallback={null}><Later>{children}</Later></Suspense>;
  };
}
