/** As many products as one order may have. */
export const MOST_LINES = 100;
export const MOST_PIECES = 99;

export const FULL = `The bag has no room for it: it takes ${MOST_LINES} products, ${MOST_PIECES} pieces of each.`;
