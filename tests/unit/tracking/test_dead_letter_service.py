"""Dead letters are listed in pages, and redriven and discarded in slices."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.audit.recording import Auditor
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.access.shop import SHOP
from personalization.domain.clock import SystemClock
from personalization.domain.errors import InvalidCursorError, UnknownNameError
from personalization.domain.event import Event
from personalization.ports.audit_log import AuditLog
from personalization.ports.event_log import EventLog
from personalization.ports.topics import DEAD_LETTER
from personalization.settings.serving import ServingSettings
from personalization.tracking.dead_letter_service import DeadLetterService, LetterCursor
from personalization.tracking.dead_letters import Place, Selection, letter_message
from personalization.tracking.redrive import Redrive
from personalization.tracking.rejection import EventRejection
from tests.builders.product import a_product
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import SESSION, a_wire_event

ALL = Selection()


@dataclass
class Letters:
    service: DeadLetterService
    log: EventLog
    audit: AuditLog
    clock: SettableClock

    def set_aside(self, *product_ids: str) -> None:
        """Set an event aside for each of the products."""
        messages = [
            letter_message(
                SESSION,
                msgspec.json.encode(
                    a_wire_event(
                        event_id=product_id,
                        product_id=product_id,
                        occurred_at=self.clock.now().isoformat(),
                    )
                ),
                f"unknown_product: {product_id}",
                "api",
            )
            for product_id in product_ids
        ]
        self.log.publish(DEAD_LETTER, messages).result(10)

    def waiting(self) -> list[str]:
        """Return the products whose letters wait, newest first."""
        page = self.service.list(ALL, 100)
        return [letter.reason.split()[-1] for letter in page.letters]

    def notes(self) -> list[tuple[str, str, str]]:
        """Return the changes that were recorded, oldest first."""
        return [
            (entry.action, entry.subject, entry.note)
            for entry in reversed(self.audit.newest(SHOP, 20))
        ]


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Letters]:
    """Return dead letters of a shop that sells one shirt, `shirt-1`."""
    # Readers ask whether the log is as far as the real clock.
    clock = SettableClock(SystemClock().now() + timedelta(hours=1))
    with (
        closing(SqliteEventLog(tmp_path / "log.sqlite", 0, clock=clock)) as log,
        closing(SqliteCatalogue(tmp_path / "catalogue.sqlite", 0)) as catalogue,
        closing(SqliteAuditLog(tmp_path / "audit.sqlite", 0)) as audit,
    ):
        catalogue.write_products([a_product()])
        redrive = Redrive(log, CatalogueCache(catalogue), ServingSettings(), clock)
        yield Letters(DeadLetterService(log, redrive, Auditor(audit)), log, audit, clock)


def test_a_list_has_pages_and_counts_of_all(letters: Letters) -> None:
    letters.set_aside(*(f"gone-{number}" for number in range(5)))
    pages, cursor = [], None
    while True:
        page = letters.service.list(ALL, 2, after=cursor)
        pages.append([letter.reason.split()[-1] for letter in page.letters])
        assert (page.total, page.counts) == (5, {("unknown_product", "api"): 5})
        if page.following is None:
            break
        cursor = LetterCursor.parse(str(page.following))

    assert pages == [["gone-4", "gone-3"], ["gone-2", "gone-1"], ["gone-0"]]


def test_slices_come_to_an_end_while_letters_arrive(letters: Letters) -> None:
    letters.set_aside("shirt-1", "gone-1", "gone-2")
    first = letters.service.redrive(ALL, "ann", limit=2)
    assert (first.tally.redriven, first.tally.kept.total()) == (1, 1)
    assert first.following is not None
    letters.clock.advance(timedelta(seconds=1))
    letters.set_aside("later")

    second = letters.service.redrive(ALL, "ann", limit=2, after=first.following)

    assert second.following is None
    assert second.tally.total == 1
    assert letters.waiting() == ["later", "gone-2", "gone-1"]
    assert letters.notes() == [
        ("dead-letters.redrive", "dead-letters", "1 redriven, 1 kept; all there were.")
    ]


def test_what_was_discarded_is_neither_listed_nor_redriven(letters: Letters) -> None:
    letters.set_aside("shirt-1", "gone-1")
    shirt = letters.service.list(ALL, 2).letters[1].place

    done = letters.service.discard(Selection(places=frozenset({shirt})), "ann")
    again = letters.service.discard(Selection(places=frozenset({shirt})), "ann")

    assert (done.discarded, again.discarded) == (1, 0)
    assert letters.waiting() == ["gone-1"]
    assert letters.service.redrive(ALL, "ann").tally.redriven == 0
    by_place = letters.service.redrive(Selection(places=frozenset({shirt})), "ann")
    assert (by_place.tally.redriven, by_place.tally.already) == (0, 1)
    [kept] = letters.service.list(Selection(places=frozenset({shirt})), 1, every=True).letters
    assert kept.discarded_at is not None
    assert kept.redriven_at is None
    assert letters.notes() == [
        ("dead-letters.discard", str(shirt), "1 discarded; 1 by place."),
    ]


def test_one_is_shown_with_what_would_become_of_it(letters: Letters) -> None:
    letters.set_aside("shirt-1", "gone-1")
    gone, shirt = (letter.place for letter in letters.service.list(ALL, 2).letters)

    assert isinstance(letters.service.show(shirt)[1], Event)
    assert isinstance(letters.service.show(gone)[1], EventRejection)
    with pytest.raises(UnknownNameError):
        letters.service.show(Place(0, 999))
    missing = letters.service.redrive(Selection(places=frozenset({Place(0, 999)})), "ann")
    assert (missing.missing, missing.found) == ([Place(0, 999)], 0)


def test_nothing_is_recorded_of_a_trial(letters: Letters) -> None:
    letters.set_aside("shirt-1")

    assert letters.service.redrive(ALL, "ann", dry=True).tally.redriven == 1
    assert letters.waiting() == ["shirt-1"]
    assert letters.notes() == []


@pytest.mark.parametrize("text", ["", "1.2", "1.2.3", "1.2.3:4\n", "-1.2.3:4", "1.2.3:" + "9" * 30])
def test_a_cursor_of_another_hand_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursorError):
        LetterCursor.parse(text)
