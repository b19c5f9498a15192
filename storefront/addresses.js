/** Addresses of things with an id, whatever text it is. */

/** Browsers resolve "." and ".." in a path, however they are written: such an id goes by the query. */
const UNWRITABLE = new Set([".", ".."]);

export function address(before, id, after = "", query = {}) {
  const named = UNWRITABLE.has(id) ? { id, ...query } : query;
  const parameters = new URLSearchParams(named).toString();
  const path = `${before}/${UNWRITABLE.has(id) ? "-" : encodeURIComponent(id)}${after}`;
  return parameters ? `${path}?${parameters}` : path;
}

export const productPath = (id) => address("/product", id);

export const categoryPath = (id) => address("/category", id);

/** What the page is about: its kind and id, both undefined on the home page. */
export function subjectOf(place) {
  const [, kind, id] = place.pathname.split("/");
  const named = new URLSearchParams(place.search).get("id");
  return { kind, id: id === "-" && named !== null ? named : id && decodeURIComponent(id) };
}
