"""Every field of an event and of a product has its column in both schemas."""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import fields, make_dataclass
from datetime import UTC, datetime
from importlib import resources

import pytest

from personalization.adapters.sqlite.migrations import migrate
from personalization.adapters.sqlite.product_rows import column_value, product_row
from personalization.codec.event_columns import COLUMNS, column_of, event_of, row_of
from personalization.domain.event import Event
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product
from tests.builders.event import an_event
from tests.builders.product import a_product

Fields = type[Event] | type[Product]


def sqlite_columns(table: str) -> set[str]:
    schema = {"events": "history", "products": "catalogue"}[table]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, schema)
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    connection.close()
    return columns


def cassandra_columns(table: str) -> set[str]:
    folder = resources.files("personalization.adapters.cassandra") / "schema"
    text = "\n".join(file.read_text() for file in folder.iterdir())
    [body] = re.findall(rf"CREATE TABLE IF NOT EXISTS {table} \((.*?)\n\)", text, re.DOTALL)
    added = re.findall(rf"ALTER TABLE {table} ADD IF NOT EXISTS (\w+)", text)
    return {*re.findall(r"^    (\w+) ", body, re.MULTILINE), *added}


def fields_without_column(kind: Fields, found: set[str]) -> list[str]:
    name_of = column_of if issubclass(kind, Event) else str
    return [field.name for field in fields(kind) if name_of(field.name) not in found]


def test_every_field_of_an_event_has_its_column() -> None:
    assert not fields_without_column(Event, sqlite_columns("events"))
    assert not fields_without_column(Event, cassandra_columns("events_by_session"))
    assert not fields_without_column(Event, cassandra_columns("events_by_day"))


@pytest.mark.parametrize("columns_of", [sqlite_columns, cassandra_columns])
def test_every_field_of_a_product_has_its_column(columns_of: Callable[[str], set[str]]) -> None:
    assert not fields_without_column(Product, columns_of("products"))


def test_a_new_field_without_a_column_is_noticed() -> None:
    wider = make_dataclass("Wider", [("weave", str | None, None)], bases=(Product,), frozen=True)
    assert fields_without_column(wider, sqlite_columns("products")) == ["weave"]
    assert fields_without_column(wider, cassandra_columns("products")) == ["weave"]


def test_an_event_comes_back_from_its_row() -> None:
    event = an_event(slots=(0, 3))
    row = row_of(event)
    assert len(row) == len(COLUMNS)
    assert event_of(row) == event
    kept_as_lists = [list(value) if isinstance(value, tuple) else value for value in row]
    assert event_of(kept_as_lists) == event


def test_no_two_files_of_a_schema_have_one_number() -> None:
    """The second of them would never be applied."""
    adapters = resources.files("personalization.adapters")
    folders = [adapters / "cassandra" / "schema", *(adapters / "sqlite" / "schema").iterdir()]
    for folder in folders:
        numbers = [file.name.partition("_")[0] for file in folder.iterdir()]
        assert len(set(numbers)) == len(numbers)


def test_a_products_row_has_each_field_as_a_single_one_is_kept() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    rich = a_product(
        markets=("de", "pl"), retired_at=moment, available_from=moment, available_until=moment,
        listed_on=moment.date(), group_id=ProductId("g"), stock=3,
    )  # fmt: skip
    for product in (rich, a_product(listed_on=None, price=None)):
        fields_of = [column_value(getattr(product, field.name)) for field in fields(Product)]
        assert list(product_row(product)) == fields_of
