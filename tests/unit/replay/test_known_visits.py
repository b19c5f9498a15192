"""Decisions about a known person are made again from the generation that knew their tastes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.domain.prior import PriorTable
from personalization.domain.session import Session
from personalization.domain.tastes import TasteTerm
from personalization.replay.decision_replay import ReplayedFrom
from tests.builders.moments import NOON
from tests.builders.shops.known_shopper import KNOWN, promote_tastes
from tests.builders.shops.small_shop import a_small_shop
from tests.unit.replay.past_shop import NEXT, SESSION, Past, visit


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    with closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history:
        yield Past(a_small_shop(tmp_path, epsilon=0.3), history)


@pytest.mark.parametrize("seed", range(3))
def test_visit_and_first_page_are_made_again_bit_for_bit(past: Past, seed: int) -> None:
    promote_tastes(past.shop)
    records = past.live(visit(seed, 25))
    first = Session(session_id=SESSION, started_at=NOON, watermark=NOON, user_id=KNOWN)
    records.append(decode_record(encode_record(past.shop.maker.make(first, NOON))))
    assert all(record.decision.context.tastes for record in records[-2:])
    # Other tastes are promoted meanwhile.
    promote_tastes(past.shop, {TasteTerm.PRODUCTS: 0.5}, NEXT)

    replayed = past.replay().replay_many(records)

    assert [result.differences for result in replayed] == [[]] * len(records)


def test_without_the_tastes_of_then_the_record_alone_says(past: Past) -> None:
    promote_tastes(past.shop)
    (*_, record) = past.live(visit(0, 5))
    assert past.replay().replay(record).made_from is not ReplayedFrom.RECORD
    # With a visit of the person's that was erased.
    past.shop.priors.erase([(PriorTable.USER_TASTES, KNOWN)])
    replayed = past.replay().replay(record)
    assert (replayed.made_from, replayed.differences) == (ReplayedFrom.RECORD, [])
    assert "was erased since" in replayed.why
