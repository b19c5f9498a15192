/** Light or dark: what the system says, until somebody chooses. */

import { browserStorage } from "../storage/kept.ts";

export type Theme = "light" | "dark";

export const THEME_KEY = "fr.theme";

/** Runs before the first paint, so that a chosen theme does not flash. The build hashes it for the policy. */
export const THEME_SCRIPT =
  'try{var t=localStorage.getItem("fr.theme");if(t==="dark"||t==="light")document.documentElement.dataset.theme=t}catch(e){}';

export function shownTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "dark" || chosen === "light") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  browserStorage.writeText(THEME_KEY, theme);
}
