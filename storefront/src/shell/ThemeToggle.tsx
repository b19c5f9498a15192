import { useEffect, useState } from "react";

import { announce } from "./announcer";
import { chooseTheme, shownTheme, type Theme } from "./theme";

export function ThemeToggle({ className }: { className?: string }) {
  const [theme, setTheme] = useState<Theme>("light");
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setTheme(shownTheme());
    follow();
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);

  function toggle() {
    const next = theme === "dark" ? "light" : "dark";
    chooseTheme(next);
    setTheme(next);
    announce(next === "dark" ? "The page is dark now." : "The page is light now.");
  }

  return (
    <button type="button" className={className} onClick={toggle}>
      {theme === "dark" ? "Light theme" : "Dark theme"}
    </button>
  );
}
