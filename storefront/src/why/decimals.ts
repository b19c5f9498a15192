/** Numbers of an explanation: printed so that the parts add up to what stands above them. */

export interface Part {
  words: string;
  amount: number;
}

export interface PrintedPart extends Part {
  text: string;
}

/** As many decimals as the largest part needs to show two digits, at least three. */
export function decimalsFor(amounts: readonly number[]): number {
  const largest = Math.max(0, ...amounts.map(Math.abs));
  return largest > 0 ? Math.min(12, Math.max(3, 1 - Math.floor(Math.log10(largest)))) : 3;
}

const signed = (units: number, decimals: number): string =>
  `${units < 0 ? "−" : "+"}${(Math.abs(units) / 10 ** decimals).toFixed(decimals)}`;

/**
 * Round parts and their sum together: the rounding that is left goes to the parts that it changes
 * least, so that a reader who adds them up gets the printed score.
 */
export function printed(parts: readonly Part[], score: number): { total: string; parts: readonly PrintedPart[] } {
  const decimals = decimalsFor(parts.map(({ amount }) => amount));
  const scale = 10 ** decimals;
  const units = parts.map(({ amount }) => Math.round(amount * scale));
  const whole = Math.round(score * scale);
  let left = whole - units.reduce((sum, unit) => sum + unit, 0);
  const step = Math.sign(left);
  const byError = parts
    .map(({ amount }, place) => ({ place, error: (amount * scale - (units[place] ?? 0)) * step }))
    .sort((first, second) => second.error - first.error);
  // More than one unit a part is no rounding: then the parts are not of this score, and stay as they are.
  if (Math.abs(left) <= parts.length) {
    for (const { place } of byError) {
      if (left === 0) break;
      units[place] = (units[place] ?? 0) + step;
      left -= step;
    }
  }
  return {
    total: (whole / scale).toFixed(decimals),
    parts: parts.map((part, place) => ({ ...part, text: signed(units[place] ?? 0, decimals) })),
  };
}
