/** What went wrong, in words of the person before the page. */

export interface Trouble {
  title: string;
  words: string;
  /** Whether trying again may help. */
  again: boolean;
}

interface Problem {
  status: number;
  type: string;
}

function problemOf(error: unknown): Problem {
  const { status, type } = (error ?? {}) as Partial<Problem>;
  return { status: typeof status === "number" ? status : 0, type: typeof type === "string" ? type : "" };
}

export function isMissing(error: unknown): boolean {
  return problemOf(error).status === 404;
}

export function troubleOf(error: unknown): Trouble {
  const { status, type } = problemOf(error);
  if (status === 0) {
    return { title: "The shop cannot be reached", words: "Your connection or our service is away for a moment. Your bag is kept.", again: true };
  }
  if (status === 404) {
    return { title: "This is not here", words: "It may have been sold out and taken off, or the address has a slip in it.", again: false };
  }
  if (type.includes("user-token")) {
    return { title: "Your login has ended", words: "Log in again on the account page; your visit goes on meanwhile.", again: false };
  }
  if (type.includes("key") || (status === 401 && !type.includes("session"))) {
    return { title: "This page is not set up to be shown here", words: "The shop's key is missing or wrong. If this is your shop, look at its publishable key; if not, please come back later.", again: false };
  }
  if (status === 401 || status === 403) {
    return { title: "Your visit has ended", words: "It was ended or is too old. Try again to begin a fresh one; your bag is still here.", again: true };
  }
  if (status === 429) {
    return { title: "A little too fast", words: "There were more requests from here than we take. Please wait a moment.", again: true };
  }
  if (status === 503) {
    return { title: "The shop is just opening", words: "It is still getting ready. Please try again in a moment.", again: true };
  }
  return { title: "Something went wrong on our side", words: "It is not your doing. Please try again in a moment.", again: true };
}
