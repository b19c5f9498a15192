import { CardGrid } from "../cards/CardGrid";
import { Section } from "./Section";
import type { ShownRow } from "./useRows";

const ROOM = 6;

/** Rows that have products; those without are not there at all. Before the first answer, room for some. */
export function RowSections({ rows, room }: { rows: readonly ShownRow[] | null; room: readonly string[] }) {
  if (rows === null) {
    return room.map((title) => (
      <Section key={title} name="waiting" title={title}>
        <CardGrid entries={null} count={ROOM} layout="row" />
      </Section>
    ));
  }
  return rows.map((row, place) =>
    row.entries.length === 0 ? null : (
      <Section key={`${row.strategy}-${place}`} name={row.strategy} title={row.title}>
        <CardGrid entries={row.entries} count={ROOM} layout="row" />
      </Section>
    ),
  );
}
