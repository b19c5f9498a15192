"""The tables are those of the page, and have every field of what they are made of."""

import re
from dataclasses import fields
from pathlib import Path

from personalization.domain.event import Event
from personalization.exports.exported_table import ARROW_TYPES, ExportedKind
from personalization.exports.tables import DECISIONS, EVENTS, SLATES, TABLES, slate_rows
from tests.builders.event import an_event
from tests.builders.shops.warehouse_shop import ASKED, RECORDS, a_row_record

PAGE = Path(__file__).parents[3] / "docs" / "warehouse.md"


def test_the_page_has_every_table_column_by_column() -> None:
    sections = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    found = {}
    for section in sections:
        rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:3] == "| `"]
        if rows:
            found[section.splitlines()[0]] = [tuple(row) for row in rows]

    assert found == {
        name: [
            (
                f"`{column.name}`",
                column.kind.value,
                "yes" if column.nullable else "no",
                column.meaning,
            )
            for column in table.columns
        ]
        for name, table in TABLES.items()
    }


def test_every_kind_of_column_has_a_type() -> None:
    assert set(ARROW_TYPES) == set(ExportedKind)


def test_every_field_of_an_event_is_a_column() -> None:
    names = {column.name for column in EVENTS.columns}
    # What a login brings along are the events of the person's other visits.
    assert names == {field.name for field in fields(Event)} - {"past"}


def test_the_schema_says_what_may_be_null_and_what_a_column_means() -> None:
    user = EVENTS.schema.field("user_id")
    assert user.nullable
    assert user.metadata == {b"meaning": b"The person's pseudonym."}
    assert not EVENTS.schema.field("session_id").nullable
    assert str(EVENTS.schema.field("occurred_at").type) == "timestamp[us, tz=UTC]"


def test_consent_that_refuses_all_is_not_consent_that_nothing_is_said_of() -> None:
    events = [an_event(consent=consent) for consent in (None, ())]
    batch = EVENTS.batch(events, EVENTS.schema)
    assert batch.column("consent").to_pylist() == [None, []]


def test_a_profiles_decision_was_asked_nothing() -> None:
    [row] = DECISIONS.batch([RECORDS[0]], DECISIONS.schema).to_pylist()
    assert row["kind"] == "profile"
    assert row["strategy"] is row["filter"] is row["anchors"] is None


def test_a_slot_has_what_its_decision_was_asked_and_its_own_propensity() -> None:
    record = a_row_record()
    [row] = SLATES.batch(list(slate_rows(record)), SLATES.schema).to_pylist()
    assert row["decision_id"] == record.decision.decision_id
    assert row["kind"] == "row"
    assert row["strategy"] == "similar"
    assert row["filter"] == ASKED.filter
    assert row["user_id"] == "ann"
    assert row["product_id"] == "hat-1"
    assert row["propensity"] == 0.75
    # Of the decision's one action, which is another product.
    assert row["score"] is None
