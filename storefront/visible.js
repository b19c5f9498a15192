/** Whether somebody sees this page: not while it is made ahead, in a tab behind, or left. */

const listeners = new Set();

export function isVisible() {
  return !document.prerendering && document.visibilityState === "visible";
}

function tell() {
  for (const listener of [...listeners]) listener(isVisible());
}

document.addEventListener("visibilitychange", tell);
document.addEventListener("prerenderingchange", tell);

/** Call with every change, as `listener(visible)`. */
export function onVisibility(listener) {
  listeners.add(listener);
}

/** Act once, as soon as the page is seen: at once, or when a page made ahead is turned to. */
export function whenVisible(act) {
  if (isVisible()) {
    act();
    return;
  }
  const once = (visible) => {
    if (!visible) return;
    listeners.delete(once);
    act();
  };
  listeners.add(once);
}
