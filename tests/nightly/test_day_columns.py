"""A day is exported from columns as it would be from its events, and only when it has changed."""

import hashlib
import random
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nightly.snapshots.day_columns import HISTORY_SCHEMA, day_batch
from nightly.snapshots.day_fingerprint import DayFingerprint
from nightly.snapshots.parquet_file import write_changed_batches
from nightly.snapshots.snapshot import snapshot_history
from nightly.wiring import NightlyStores
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.codec.event_columns import consent_text
from personalization.codec.moments import to_microseconds
from personalization.domain.consent import ConsentPurpose, consent_of
from personalization.domain.event import Device, Event, EventType
from personalization.domain.reward import reward
from personalization.priors import warehouse as names
from tests.builders.event import an_event
from tests.builders.moments import NOON

DAY = NOON.date()
ODD_IDS = ("shirt-1", "ärmel", 'a "quoted"', "back\\slash", "1,2", "", "[]", "small", "\x00")
PARENTS = {"small": "shirt-1", "ärmel": "sleeve"}


def random_event(draw: random.Random, number: int) -> Event:
    """Return an event of any type, with whatever an event may have."""
    products = tuple(draw.choices(ODD_IDS, k=draw.choice((0, 1, 1, 2, 5))))
    return an_event(
        event_id=f"event-{number}",
        session_id=f"session-{draw.randrange(9)}",
        type=draw.choice(list(EventType)),
        occurred_at=NOON + timedelta(microseconds=draw.randrange(10**10)),
        product_ids=products,
        variant_ids=draw.choice(((), products)),
        category_id=draw.choice((None, "", "shirts")),
        region=draw.choice((None, "", "pl")),
        device=draw.choice(list(Device)),
        user_id=draw.choice((None, "ann", "bö b")),
        bundle_id=draw.choice((None, None, "a+b")),
        thumb=draw.choice((None, 1, -1)),
        rating=draw.choice((None, 1.0, 4.3, 1.0001, 2.5)),
        duration_ms=draw.choice((None, 0, 700, 20_000, 10**6)),
        attested=draw.choice((None, True, False)),
        consent=draw.choice((None, (), consent_of(draw.sample(list(ConsentPurpose), 2)))),
    )


def slow_columns(events: Sequence[Event], parents: Mapping[str, str]) -> dict[str, list[Any]]:
    """Return the export's columns, event by event."""
    return {
        names.EVENT_ID: [event.event_id for event in events],
        names.SESSION_ID: [event.session_id for event in events],
        names.USER_ID: [event.user_id for event in events],
        names.TYPE: [event.type.value for event in events],
        names.OCCURRED_AT: [event.occurred_at for event in events],
        names.PRODUCT_IDS: [
            [parents.get(product, product) for product in event.product_ids] for event in events
        ],
        names.CATEGORY_ID: [event.category_id for event in events],
        names.REGION: [event.region for event in events],
        names.STARS: [event.rating for event in events],
        names.REWARD: [round(reward(event) * names.REWARD_UNIT) for event in events],
        names.CONSENT: [consent_text(event.consent) for event in events],
        names.VARIANT_IDS: [list(event.variant_ids) for event in events],
    }


def slow_fingerprint(columns: Mapping[str, list[Any]]) -> str:
    """Return the fingerprint as Spark's transform says it is made, row by row."""
    first = second = 0
    told = [values for name, values in columns.items() if name != names.VARIANT_IDS]
    rows = list(zip(*told, strict=True))
    for row in rows:
        known = row if row[-1] is not None else row[:-1]
        line = names.FIELD_SEPARATOR.join(map(line_text, known))
        digest = hashlib.sha256(line.encode()).hexdigest()
        first += int(digest[:15], 16)
        second += int(digest[15:30], 16)
    return f"{len(rows)}-{first}-{second}"


def line_text(value: object) -> str:
    if isinstance(value, list):
        return names.ID_SEPARATOR.join(value)
    if isinstance(value, datetime):
        return str(to_microseconds(value))
    if isinstance(value, float):
        return str(round(value * names.STAR_UNIT))
    return names.ABSENT if value is None else str(value)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("parents", [{}, PARENTS])
def test_random_events_of_every_type_come_out_as_one_by_one(
    seed: int, parents: dict[str, str], tmp_path: Path
) -> None:
    draw = random.Random(seed)
    history = SqliteEventHistory(tmp_path / "history.sqlite", 0)
    history.append([random_event(draw, number) for number in range(400)])
    fingerprint = DayFingerprint()
    batches = []
    for columns in history.read_day_columns(DAY):
        batches.append(day_batch(columns, parents))
        fingerprint.add(batches[-1])
    events = [event for some in history.read_day(DAY) for event in some]
    expected = slow_columns(events, parents)
    assert pa.Table.from_batches(batches, HISTORY_SCHEMA).to_pydict() == expected
    assert {event.type for event in events} == set(EventType)
    assert fingerprint.text() == slow_fingerprint(expected)
    history.close()


def day_file(warehouse: Path) -> Path:
    return warehouse / "history" / f"day={DAY.isoformat()}" / "events.parquet"


def mark(warehouse: Path) -> None:
    """Write into the note of the day what no reading of it could give."""
    note = day_file(warehouse).with_name("_made_of.json")
    fingerprint = snapshot_text(note)
    note.write_text(note.read_text().replace(fingerprint, "remembered"))


def snapshot_text(note: Path) -> str:
    return note.read_text().split('"fingerprint":"')[1].split('"')[0]


def test_a_day_that_is_as_it_was_is_not_read_again(stores: NightlyStores, tmp_path: Path) -> None:
    stores.history.append([an_event()])
    first = snapshot_history(stores.history, tmp_path, [DAY])
    mark(tmp_path)
    assert snapshot_history(stores.history, tmp_path, [DAY]) == {DAY: "remembered"}
    # The same event again is none.
    stores.history.append([an_event()])
    assert snapshot_history(stores.history, tmp_path, [DAY]) == {DAY: "remembered"}
    stores.history.append([an_event(event_id="late")])
    again = snapshot_history(stores.history, tmp_path, [DAY])
    assert again[DAY] not in (first[DAY], "remembered")


def test_a_day_is_read_again_with_other_parents_and_where_its_file_is_another(
    stores: NightlyStores, tmp_path: Path
) -> None:
    stores.history.append([an_event()])
    first = snapshot_history(stores.history, tmp_path, [DAY])
    mark(tmp_path)
    with_parents = snapshot_history(stores.history, tmp_path, [DAY], {"shirt-1": "shirt"})
    assert with_parents[DAY] not in (first[DAY], "remembered")
    mark(tmp_path)
    day_file(tmp_path).write_bytes(b"half a file")
    assert snapshot_history(stores.history, tmp_path, [DAY]) == first
    mark(tmp_path)
    day_file(tmp_path).unlink()
    assert snapshot_history(stores.history, tmp_path, [DAY]) == first
    assert pq.read_table(day_file(tmp_path), partitioning=None).num_rows == 1
    day_file(tmp_path).with_name("_made_of.json").write_text("{")
    assert snapshot_history(stores.history, tmp_path, [DAY]) == first


def test_events_that_are_removed_make_another_version_and_leave_the_count(tmp_path: Path) -> None:
    history = SqliteEventHistory(tmp_path / "history.sqlite", 0)
    history.append([an_event(event_id=f"e{number}") for number in range(3)])
    before = history.day_versions()[DAY]
    history.append([an_event(event_id="e3")])
    history.prune(datetime(2000, 1, 1, tzinfo=UTC))
    kept = history.day_versions()[DAY]
    assert (kept != before, history.days()) == (True, {DAY: 4})
    assert history.prune(datetime.now(UTC) + timedelta(days=9)) == 4
    assert (history.day_versions(), history.days()) == ({}, {})
    history.append([an_event(event_id="e4")])
    assert history.days() == {DAY: 1}
    assert history.day_versions()[DAY] not in (before, kept)
    history.close()


def test_a_history_of_before_is_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    history = SqliteEventHistory(path, 0)
    history.append([an_event(event_id=f"e{number}") for number in range(3)])
    history.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER event_days_after_delete")
        connection.execute("DROP TABLE event_days")
        connection.execute("DELETE FROM migrations WHERE number = 7")
    connection.close()
    history = SqliteEventHistory(path, 0)
    assert history.days() == {DAY: 3}
    assert list(history.day_versions()) == [DAY]
    history.close()


def test_batches_are_written_once_and_again_only_when_they_change(tmp_path: Path) -> None:
    schema = pa.schema([("a", pa.int64())])
    path = tmp_path / "numbers.parquet"

    def write(*numbers: int) -> str:
        batches = [pa.RecordBatch.from_pydict({"a": [number]}, schema) for number in numbers]
        return write_changed_batches(path, schema, batches)

    first = write(1, 2)
    inode = path.stat().st_ino
    assert write(1, 2) == first
    assert path.stat().st_ino == inode
    assert write(1, 3) != first
    assert pq.read_table(path).to_pydict() == {"a": [1, 3]}
    assert [file.name for file in tmp_path.iterdir()] == ["numbers.parquet"]
