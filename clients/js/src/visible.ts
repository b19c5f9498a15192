/** Whether somebody sees this page: not while it is made ahead, in a tab behind, or left. */

export function isVisible(): boolean {
  return !isMadeAhead() && !document.hidden;
}

export function isMadeAhead(): boolean | undefined {
  return (document as Document & { prerendering?: boolean }).prerendering;
}

/** Call with every change; returns the end. */
export function onVisibility(listener: (visible: boolean) => void, isFirst = false): () => void {
  return listen(document, ["visibilitychange", "prerenderingchange"], () => listener(isVisible()), isFirst);
}

/** Listen to several kinds of events, before others if need be; returns the end. */
export function listen(
  target: EventTarget, kinds: readonly string[], listener: (event: Event) => void, isFirst = false,
): () => void {
  for (const kind of kinds) target.addEventListener(kind, listener, isFirst);
  return () => {
    for (const kind of kinds) target.removeEventListener(kind, listener, isFirst);
  };
}
