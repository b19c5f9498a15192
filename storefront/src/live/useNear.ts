import { useEffect, useState } from "react";

/** Drawn before it is scrolled to. */
const NEAR = "600px";
const heard = new Map<Element, () => void>();
let observer: IntersectionObserver | undefined;

function watch(element: Element, onNear: () => void): () => void {
  observer ??= new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) heard.get(target)?.();
    }
  }, { rootMargin: NEAR });
  heard.set(element, onNear);
  observer.observe(element);
  return () => {
    heard.delete(element);
    observer?.unobserve(element);
  };
}

/** Whether an element has come near the screen yet, so that what is far away costs nothing. */
export function useNear(element: React.RefObject<Element | null>, isAlways: boolean): boolean {
  const [isNear, setNear] = useState(isAlways);
  useEffect(() => {
    if (isNear || element.current === null) return undefined;
    return watch(element.current, () => setNear(true));
  }, [element, isNear]);
  return isNear;
}
