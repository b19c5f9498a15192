import { type RefObject, useLayoutEffect, useRef } from "react";

const MOVE = { duration: 520, easing: "cubic-bezier(.2,.7,.2,1)" };
const ARRIVE = { duration: 420, easing: "ease-out" };

interface Place {
  left: number;
  top: number;
}

/** Cards of a grid glide from their old places to their new ones, unless motion is not wanted. */
export function useFlip(grid: RefObject<HTMLElement | null>, order: string): void {
  const before = useRef<ReadonlyMap<string, Place>>(new Map());
  useLayoutEffect(() => {
    const now = new Map<string, Place>();
    // Far below nothing is laid out, and nobody sees it move.
    if (grid.current?.checkVisibility?.({ contentVisibilityAuto: true }) === false) {
      before.current = now;
      return;
    }
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const item of grid.current?.children ?? []) {
      const id = (item as HTMLElement).dataset.id;
      if (id === undefined) continue;
      const { offsetLeft: left, offsetTop: top } = item as HTMLElement;
      now.set(id, { left, top });
      const old = before.current.get(id);
      if (isCalm || before.current.size === 0) continue;
      if (!old) item.animate([{ opacity: 0 }, { opacity: 1 }], ARRIVE);
      else if (old.left !== left || old.top !== top) {
        item.animate([{ transform: `translate(${old.left - left}px, ${old.top - top}px)` }, { transform: "none" }], MOVE);
      }
    }
    before.current = now;
  }, [grid, order]);
}
