const HUES = 360;

/** Return a drawing of a garment, in a colour that its name gives. */
export function drawGarment(name: string): string {
  let hue = 0;
  for (const letter of name) hue = (hue * 31 + (letter.codePointAt(0) ?? 0)) % HUES;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 150">
<rect width="120" height="150" fill="hsl(${hue} 25% 94%)"/>
<path d="M40 30 20 48l12 18 8-6v62h40V60l8 6 12-18-20-18-10 6H50z" fill="hsl(${hue} 45% 52%)"/>
</svg>`;
}
