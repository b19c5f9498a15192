import { type RefObject, useEffect, useRef, useState } from "react";

/** After the last movement of a pointer in the grid, and at most so long after a change came. */
const STILL_MS = 1_200;
const LONGEST_MS = 4_000;

/** The newest value, but none while a pointer moves in the grid: no card leaves from under the hand. */
export function useStill<T>(grid: RefObject<HTMLElement | null>, newest: T): T {
  const [shown, setShown] = useState(newest);
  const movedAt = useRef(-Infinity);
  useEffect(() => {
    const node = grid.current;
    const note = (event: PointerEvent) => {
      if (event.pointerType === "mouse" && (event.movementX !== 0 || event.movementY !== 0)) movedAt.current = performance.now();
    };
    node?.addEventListener("pointermove", note);
    return () => node?.removeEventListener("pointermove", note);
  }, [grid]);
  useEffect(() => {
    const began = performance.now();
    let timer: ReturnType<typeof setTimeout>;
    const showIfStill = () => {
      const now = performance.now();
      const rest = Math.min(movedAt.current + STILL_MS, began + LONGEST_MS) - now;
      if (rest <= 0) setShown(newest);
      else timer = setTimeout(showIfStill, rest);
    };
    showIfStill();
    return () => clearTimeout(timer);
  }, [newest]);
  return shown;
}
