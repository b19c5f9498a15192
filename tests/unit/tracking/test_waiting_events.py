"""What waited counts once its product is there: once in effect, whatever is killed when."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.waiting_events import SqliteWaitingEvents
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category
from personalization.domain.session import Counted, Session
from personalization.ports.event_log import Record
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.sessions.counting import take
from personalization.settings.serving import ServingSettings
from personalization.tracking.dead_letters import read_letters
from personalization.tracking.redrive import Redrive
from personalization.tracking.waiting_events import WaitingEvents, WaitingOutcome, WaitingTally
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import a_waiting_event

UNCHECKED = (("decision", "unchecked"),)
KILLED_BEFORE_IT_REMOVES = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path.cwd())!r})
from tests.unit.tracking.test_waiting_events import Shop
from personalization.adapters.sqlite.waiting_events import SqliteWaitingEvents
SqliteWaitingEvents.remove = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
Shop(Path(sys.argv[1])).look()
"""


class Shop:
    """A catalogue of shirts, a log and what waits, at 13:00."""

    def __init__(self, folder: Path) -> None:
        self.clock = SettableClock()
        self.clock.advance(timedelta(hours=1))
        with ExitStack() as stack:
            open_ = stack.enter_context
            self.log = open_(closing(SqliteEventLog(folder / "log.sqlite", 0)))
            self.catalogue = open_(closing(SqliteCatalogue(folder / "catalogue.sqlite", 0)))
            self.store = open_(closing(SqliteWaitingEvents(folder / "waiting.sqlite", 0)))
            self.close = stack.pop_all().close
        self.cache = CatalogueCache(self.catalogue)
        self.events = WaitingEvents(self.store, self.cache, self.log, self.clock, UNCHECKED)

    def bring(self, *names: str) -> None:
        self.catalogue.write_products([a_product(product_id=ProductId(name)) for name in names])

    def look(self) -> WaitingTally:
        return self.events.publish_due()

    def records(self, topic: str = USER_INTERACTIONS) -> list[Record]:
        consumer = self.log.consumer("test", [topic])
        found = list(consumer.poll(500, 0.0))
        consumer.close()
        return found

    def events_in_log(self) -> list[Event]:
        return [EVENT.decode(record.value) for record in self.records()]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(Shop(tmp_path)) as opened:
        opened.catalogue.write_categories([Category(category_id=CategoryId("shirts"), name="S")])
        yield opened


def test_it_waits_until_the_catalogue_has_its_product(shop: Shop) -> None:
    shop.store.write([a_waiting_event("a"), a_waiting_event("b", "shirt-8")])
    assert shop.look() == WaitingTally(waiting=2)
    shop.bring("shirt-9")
    tally = shop.look()
    assert (tally.waiting, dict(tally.outcomes)) == (1, {WaitingOutcome.COUNTED: 1})
    [event] = shop.events_in_log()
    assert (event.event_id, event.product_ids, event.category_id) == ("a", ("shirt-9",), "shirts")
    assert (event.occurred_at, event.received_at) == (NOON, shop.clock.now())
    assert [place.event_id for place in shop.store.places()] == ["b"]
    assert shop.look() == WaitingTally(waiting=1)


def test_events_of_a_session_keep_their_order(shop: Shop) -> None:
    names = [f"event-{number}" for number in (3, 1, 2)]
    shop.store.write(
        [
            a_waiting_event(name, received_at=NOON + timedelta(seconds=at))
            for at, name in enumerate(names)
        ]
    )
    shop.bring("shirt-9")
    shop.look()
    published = shop.events_in_log()
    assert [event.event_id for event in published] == names
    assert len({event.received_at for event in published}) == 3


def test_killed_between_log_and_removal_it_counts_once(shop: Shop, tmp_path: Path) -> None:
    shop.store.write([a_waiting_event()])
    shop.bring("shirt-9")
    command = [sys.executable, "-c", KILLED_BEFORE_IT_REMOVES, str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert len(shop.store.places()) == 1
    shop.look()

    first, again = shop.events_in_log()
    assert first.event_id == again.event_id
    products = shop.cache.products([ProductId("shirt-9")])
    session, judged = take(Session.start(first), first, products)
    _, judged_again = take(session, again, products)
    assert (judged, judged_again) == (Counted.COUNTED, Counted.DUPLICATE)
    assert shop.store.places() == []


def test_one_whose_time_is_over_is_set_aside_and_can_be_redriven_with_its_true_age(
    shop: Shop,
) -> None:
    shop.store.write([a_waiting_event(occurred_at=(NOON - timedelta(hours=30)).isoformat())])
    shop.clock.advance(timedelta(hours=23))
    tally = shop.look()
    assert (tally.waiting, dict(tally.outcomes)) == (0, {WaitingOutcome.EXPIRED: 1})
    [letter] = read_letters(shop.log)
    assert letter.code == "unknown_product"
    assert "waited for 24 hours" in letter.reason

    shop.bring("shirt-9")
    redrive = Redrive(shop.log, shop.cache, ServingSettings(), shop.clock)
    [event] = redrive.judge([letter])
    assert isinstance(event, Event)
    assert (event.event_id, event.region) == ("event-1", "pl")
    assert event.occurred_at == NOON - timedelta(hours=30)


def test_an_order_waits_for_all_its_products_and_counts_with_some_in_the_end(shop: Shop) -> None:
    order = a_waiting_event(
        "order", "coat-1", "coat-2", type="checkout", product_id=None,
        product_ids=["coat-1", "coat-2"],
    )  # fmt: skip
    shop.store.write([order])
    shop.bring("coat-2")
    assert shop.look().waiting == 1
    shop.clock.advance(timedelta(hours=23))
    shop.look()
    [event] = shop.events_in_log()
    assert (event.event_id, event.product_ids) == ("order", ("coat-2",))
    [letter] = read_letters(shop.log)
    assert b'"product_ids":["coat-1"]' in letter.body
    assert b'"order.rest"' in letter.body


def test_what_something_else_forbids_is_set_aside(shop: Shop) -> None:
    shop.store.write([a_waiting_event(type="hover")])
    shop.bring("shirt-9")
    assert dict(shop.look().outcomes) == {WaitingOutcome.REFUSED: 1}
    [letter] = shop.records(DEAD_LETTER)
    assert dict(letter.headers)["reason"].startswith("missing_field: ")


def test_one_that_nobody_could_check_says_so(shop: Shop) -> None:
    later = a_waiting_event("b", received_at=NOON + timedelta(seconds=1))
    shop.store.write([a_waiting_event("a"), replace(later, was_checked=False)])
    shop.bring("shirt-9")
    shop.look()
    assert [record.headers for record in shop.records()] == [(), UNCHECKED]
