from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from cli.tables import titled_table
from personalization.audit.audit_view import difference
from personalization.domain.access.audit import AuditEntry

LONGEST_LINE = 120
LINES = 12


def audit_table(entries: Sequence[AuditEntry]) -> Table:
    names = ("when (UTC)", "who", "did", "change")
    table = titled_table("Audit log, newest first", names)
    for entry in entries:
        table.add_row(
            f"{entry.happened_at:%Y-%m-%d %H:%M:%S}",
            _cell(entry.author),
            f"{_cell(entry.action)}\n{_cell(entry.subject)}",
            _changes(entry),
        )
    return table


def _changes(entry: AuditEntry) -> str:
    lines = difference(entry)
    more = [f"and {len(lines) - LINES} more fields: --json"] if len(lines) > LINES else []
    note = [entry.note] if entry.note else []
    return "\n".join(map(_cell, (*lines[:LINES], *more, *note)))


def _cell(text: str) -> str:
    """Return a text of somebody else's as a terminal may show it."""
    short = text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
    plain = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in short)
    return escape(plain)
