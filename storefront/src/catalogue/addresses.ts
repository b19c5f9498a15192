/** Addresses of things with an id, whatever text it is. */

/** Browsers resolve "." and ".." in a path, however they are written: such an id goes by the query. */
const UNWRITABLE = new Set([".", ".."]);

export function address(before: string, id: string, after = "", query: Record<string, string> = {}): string {
  const named = UNWRITABLE.has(id) ? { id, ...query } : query;
  const parameters = new URLSearchParams(named).toString();
  const path = `${before}/${UNWRITABLE.has(id) ? "-" : encodeURIComponent(id)}${after}`;
  return parameters ? `${path}?${parameters}` : path;
}

export const productPath = (id: string): string => address("/product", id);

export const categoryPath = (id: string): string => address("/category", id);

export const searchPath = (words: string): string =>
  words ? `/search?${new URLSearchParams({ words }).toString()}` : "/search";

export interface Subject {
  kind: string;
  id: string;
}

/** What a page is about, by its address after the host; null on pages without an id. */
export function subjectOf(path: string): Subject | null {
  const [written = "", query = ""] = path.split("#")[0]?.split("?") ?? [];
  const [, kind, id] = written.split("/");
  if (!kind || !id) return null;
  const named = new URLSearchParams(query).get("id");
  return { kind, id: id === "-" && named !== null ? named : decoded(id) };
}

/** A spoiled address names nothing that exists, and the page says so. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
