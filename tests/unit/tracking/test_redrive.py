"""What a dead letter is judged to be now, and which ones are meant."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import SystemClock
from personalization.domain.event import Event
from personalization.domain.identifiers import CategoryId, EventId, ProductId
from personalization.domain.product import Category
from personalization.settings.serving import ServingSettings
from personalization.tracking.dead_letters import (
    MOST_BYTES,
    DeadLetter,
    Place,
    Selection,
    letter_message,
)
from personalization.tracking.redrive import Judgement, Redrive
from personalization.tracking.rejection import EventRejection
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event


@pytest.fixture
def redrive(tmp_path: Path) -> Iterator[Redrive]:
    """Return a redrive over a catalogue of one shirt."""
    with (
        closing(SqliteEventLog(tmp_path / "log.sqlite", 0)) as log,
        closing(SqliteCatalogue(tmp_path / "catalogue.sqlite", 0)) as catalogue,
    ):
        catalogue.write_categories([Category(category_id=CategoryId("shirts"), name="Shirts")])
        catalogue.write_products([a_product()])
        yield Redrive(log, CatalogueCache(catalogue), ServingSettings(), SystemClock())


def a_letter(body: bytes, source: str = "api", at: datetime = NOON, **more: str) -> DeadLetter:
    headers = (("reason", "unknown_product: gone"), ("source", source), *more.items())
    return DeadLetter(Place(0, 0), at, SESSION, body, headers)


def of_the_api(at: datetime = NOON, **fields: object) -> DeadLetter:
    return a_letter(msgspec.json.encode(a_wire_event(**fields)), at=at)


def of_the_scorer(**fields: object) -> DeadLetter:
    return a_letter(EVENT.encode(an_event(**fields)), "scorer", partition="3", offset="17")


def judge(redrive: Redrive, letter: DeadLetter) -> Judgement:
    [found] = redrive.judge([letter])
    return found


def code(redrive: Redrive, letter: DeadLetter) -> str:
    found = judge(redrive, letter)
    assert isinstance(found, EventRejection)
    return found.code


def test_an_event_of_long_ago_is_as_old_as_when_it_was_set_aside(redrive: Redrive) -> None:
    found = judge(redrive, of_the_api(at=NOON + timedelta(hours=47)))

    assert isinstance(found, Event)
    assert found.occurred_at == NOON
    assert code(redrive, of_the_api(at=NOON + timedelta(hours=49))) == "too_old"
    ahead = judge(redrive, of_the_api(at=NOON - timedelta(hours=1)))
    assert isinstance(ahead, Event)
    assert ahead.occurred_at == NOON - timedelta(hours=1)


def test_a_long_body_is_kept_in_part_and_never_redriven(redrive: Redrive) -> None:
    long = msgspec.json.encode(a_wire_event(bundle_id=100_000 * "x"))
    message = letter_message(SESSION, long, 10_000 * "why", "api")
    letter = DeadLetter(Place(0, 0), NOON, SESSION, message.value, message.headers)

    assert len(message.value) == MOST_BYTES == 4_096
    assert long.startswith(message.value)
    assert len(letter.reason) <= MOST_BYTES
    assert code(redrive, letter) == "cut"
    assert str(len(long)) in str(judge(redrive, letter))


def test_a_short_body_is_kept_whole() -> None:
    message = letter_message(SESSION, 4_096 * b"x", "why", "api")

    assert message.value == 4_096 * b"x"
    assert message.headers == (("reason", "why"), ("source", "api"))


def test_what_still_holds_keeps_a_letter_with_its_reason(redrive: Redrive) -> None:
    assert code(redrive, of_the_api(product_id="gone")) == "unknown_product"
    assert code(redrive, of_the_api(type="teleport")) == "unknown_type"
    assert code(redrive, of_the_api(session_id=OTHER_SESSION)) == "session_token"
    assert code(redrive, of_the_api(event_id=None)) == "missing_field"
    assert code(redrive, a_letter(b"[1]")) == "invalid_field"
    assert code(redrive, a_letter(b"{")) == "malformed"
    assert code(redrive, a_letter(b"{}", "somebody")) == "unknown_source"


def test_what_the_scorer_set_aside_is_judged_as_the_scorer_does(redrive: Redrive) -> None:
    letter = of_the_scorer()

    assert judge(redrive, letter) == an_event()
    assert letter.origin == Place(3, 17)
    assert code(redrive, of_the_scorer(product_ids=(ProductId("gone"),))) == "unknown_product"
    assert code(redrive, of_the_scorer(event_id=EventId(""))) == "missing_field"
    assert code(redrive, a_letter(b"not JSON", "scorer")) == "malformed"


def test_a_selection_takes_what_all_of_it_says() -> None:
    letter = a_letter(b"{}", "scorer")

    assert letter.code == "unknown_product"
    assert Selection().is_empty
    assert Selection(reason="unknown product", source="scorer", since=NOON).takes(letter)
    assert Selection(reason="UNKNOWN", session=SESSION.upper()).takes(letter)
    assert Selection(places=frozenset({Place(0, 0)})).takes(letter)
    for other in (
        Selection(reason="malformed"),
        Selection(source="api"),
        Selection(session=OTHER_SESSION),
        Selection(since=NOON + timedelta(seconds=1)),
        Selection(places=frozenset({Place(0, 1)})),
    ):
        assert not other.takes(letter)


def test_a_place_is_read_as_it_is_written() -> None:
    assert Place.parse(str(Place(7, 1234))) == Place(7, 1234)
    for wrong in ("7", "7:", "-1:2", "a:b", "1:2:3"):
        with pytest.raises(ValueError, match="no place"):
            Place.parse(wrong)
