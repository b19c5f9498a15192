"""What events say of decisions is judged where they arrive, without asking a store."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from copy import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.http.blocking_calls import BlockingCalls
from api.profiles.decision_tokens import DecisionTokens
from api.profiles.slate_book import HandedSlate, SlateBook
from api.recommendations.byte_quota import ByteQuota
from api.recommendations.record_tokens import RecordTokens
from api.recommendations.sent_records import SentRecords
from api.tracking.decision_check import CheckedBatch, CheckedEvent, DecisionCheck
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.decisions.decision_record import encode_record
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.event import Event, EventType
from personalization.domain.first_visit import FIRST_VISIT_LIFE, FirstVisit
from personalization.domain.identifiers import DecisionId, ProductId, SessionId, decision_id_of
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.profile_store import StoredProfile
from personalization.replay.first_decisions import FirstDecisions
from personalization.settings.recommendations import RecommendationSettings
from tests.builders.access.signing_keys import signing_keys
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.builders.shops.first_decisions import first_decisions_of
from tests.builders.shops.small_shop import SmallShop, a_small_shop

SESSION, STRANGER = SessionId("session-1"), SessionId("session-2")
TOKENS = DecisionTokens(signing_keys())


class ForgetfulProfiles:
    """A profile store that is away, as Redis may be."""

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, StoredProfile]:
        del session_ids
        raise StoreUnavailableError

    def write_many(self, profiles: Mapping[SessionId, StoredProfile]) -> None:
        del profiles
        raise StoreUnavailableError


class Api:
    """One process, over the shop and its history."""

    def __init__(self, shop: SmallShop, history: SqliteDecisionHistory) -> None:
        self.clock = SettableClock(NOON)
        self.book = SlateBook()
        self.first: FirstDecisions = first_decisions_of(shop)
        blocking = BlockingCalls(2)
        quota = ByteQuota(RecommendationSettings())
        sent = SentRecords(RecordTokens(signing_keys()), quota, self.book, self.clock)
        self.decisions = DecisionCheck(
            self.book, TOKENS, self.first, history, ForgetfulProfiles(), sent, self.clock, blocking
        )

    def visit(self, session_id: SessionId = SESSION) -> tuple[DecisionRecord, str]:
        """Show a first page, of which nothing is written."""
        now = self.clock.now()
        record, visit = self.first.make(
            Session(session_id=session_id, started_at=now, watermark=now), now
        )
        token = TOKENS.issue(visit, NOON)
        lines = [(slot.product_id, slot.position) for slot in record.decision.slate]
        self.book.put(HandedSlate.of(record.decision.decision_id, session_id, lines, token))
        return record, token

    def check(
        self, *events: Event, tokens: Sequence[str] = (), is_new: bool = True
    ) -> CheckedBatch:
        return asyncio.run(self.decisions.check(events, tokens, SESSION, is_new=is_new))

    def judge(self, event: Event, **batch: Any) -> CheckedEvent | str:
        """Return the checked event, or the code of the verdict."""
        (outcome,) = self.check(event, **batch).outcomes
        return outcome if isinstance(outcome, CheckedEvent) else outcome.code


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteDecisionHistory]:
    with closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as opened:
        yield opened


@pytest.fixture
def api(tmp_path: Path, history: SqliteDecisionHistory) -> Api:
    return Api(a_small_shop(tmp_path, epsilon=0.3), history)


@pytest.fixture
def replica(api: Api) -> Api:
    """Return another process over the same stores."""
    other = copy(api)
    other.book = SlateBook()
    sent = replace(api.decisions.sent_records, book=other.book)
    other.decisions = replace(api.decisions, book=other.book, sent_records=sent)
    return other


def impression_of(record: DecisionRecord, **said: Any) -> Event:
    slate = record.decision.slate
    fields = {
        "session_id": SESSION, "type": EventType.IMPRESSION,
        "decision_id": record.decision.decision_id,
        "product_ids": tuple(slot.product_id for slot in slate),
        "slots": tuple(slot.position for slot in slate),
    }  # fmt: skip
    return an_event(**{**fields, **said})


def test_the_process_that_showed_it_knows_it_without_a_token(api: Api) -> None:
    record, _ = api.visit()

    batch = api.check(impression_of(record))

    assert batch.outcomes == [CheckedEvent(impression_of(record))]
    assert [encode_record(kept) for kept in batch.unwritten] == [encode_record(record)]


def test_another_process_makes_it_again_from_the_token(api: Api, replica: Api) -> None:
    record, token = api.visit()

    assert replica.judge(impression_of(record)) == "unknown_decision"
    batch = replica.check(impression_of(record), tokens=[token])

    assert batch.outcomes == [CheckedEvent(impression_of(record))]
    assert [encode_record(kept) for kept in batch.unwritten] == [encode_record(record)]


def test_any_event_of_a_batch_with_the_token_keeps_the_decision_once(
    api: Api, history: SqliteDecisionHistory
) -> None:
    record, token = api.visit()
    decision_id = record.decision.decision_id

    first = api.check(an_event(session_id=SESSION), tokens=[token])
    asyncio.run(api.decisions.keep(first.unwritten))

    assert encode_record(history.read_many([decision_id])[decision_id]) == encode_record(record)
    again = api.check(impression_of(record), tokens=[token], is_new=False)
    assert (again.outcomes, again.unwritten) == ([CheckedEvent(impression_of(record))], [])


def test_the_first_event_keeps_the_page_that_this_process_showed_though_it_names_nothing(
    api: Api,
) -> None:
    record, _ = api.visit()

    first = api.check(an_event(session_id=SESSION))
    assert [encode_record(kept) for kept in first.unwritten] == [encode_record(record)]

    asyncio.run(api.decisions.keep(first.unwritten))
    assert api.check(an_event(session_id=SESSION), is_new=False).unwritten == []


def test_lines_that_were_not_shown_there_are_left_out_and_named(api: Api) -> None:
    record, _ = api.visit()
    first, second = record.decision.slate[:2]
    lines = {"product_ids": (first.product_id, second.product_id, ProductId("other"))}

    some = api.judge(impression_of(record, **lines, slots=(0, 5, 2)))
    none = api.judge(impression_of(record, **lines, slots=(7, 8, 9)))

    assert isinstance(some, CheckedEvent)
    assert (some.event.product_ids, some.event.slots) == ((first.product_id,), (0,))
    assert some.left_out == (second.product_id, "other")
    assert none == "not_in_slate"


@pytest.mark.parametrize(
    "kind", [EventType.PRODUCT_VIEW, EventType.ADD_TO_CART, EventType.FEEDBACK, EventType.CHECKOUT]
)
def test_an_interaction_that_names_a_slot_must_be_with_the_product_of_that_slot(
    api: Api, kind: EventType
) -> None:
    record, _ = api.visit()
    slot = record.decision.slate[1]
    said = {"type": kind, "product_ids": (slot.product_id,)}

    assert isinstance(api.judge(impression_of(record, **said, slots=(1,))), CheckedEvent)
    assert api.judge(impression_of(record, **said, slots=(0,))) == "not_in_slate"
    # A list beside the slate names the decision that it came with, and no slot.
    beside = impression_of(record, type=kind, product_ids=(ProductId("another"),), slots=())
    assert isinstance(api.judge(beside), CheckedEvent)


def test_a_decision_of_another_session_is_refused_with_and_without_its_token(
    api: Api, replica: Api
) -> None:
    record, token = api.visit(STRANGER)
    cart = impression_of(record, type=EventType.ADD_TO_CART, product_ids=("shirt-1",), slots=())

    assert api.judge(impression_of(record)) == "foreign_decision"
    assert api.judge(cart) == "foreign_decision"
    assert api.check(impression_of(record), tokens=[token]).unwritten == []
    assert replica.judge(impression_of(record), tokens=[token]) == "decision_token"


@pytest.mark.parametrize(
    "decision_id",
    [
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
        "6f2c1c0e-1111-4222-8333-444455556666",
        "made-up",
        decision_id_of(NOON + timedelta(hours=1), "tomorrow's"),
    ],
)
def test_what_cannot_be_a_decision_is_refused_whoever_says_it(api: Api, decision_id: str) -> None:
    record, _ = api.visit()
    for kind in (EventType.IMPRESSION, EventType.PRODUCT_VIEW, EventType.CHECKOUT):
        event = impression_of(record, decision_id=DecisionId(decision_id), type=kind)
        assert api.judge(event, is_new=False) == "unknown_decision"


def test_what_this_process_cannot_judge_goes_on_unchecked(api: Api) -> None:
    record, _ = api.visit()
    made_up = impression_of(record, decision_id=decision_id_of(NOON, "made up"))

    assert api.judge(made_up, is_new=False) == CheckedEvent(made_up, was_checked=False)
    # A session that nobody had begun was shown nothing but what tokens can tell.
    assert api.judge(made_up, is_new=True) == "unknown_decision"


def test_expired_forged_and_altered_tokens_are_said_to_be_so_and_other_events_go_on(
    api: Api, replica: Api
) -> None:
    record, token = api.visit()
    view = an_event(session_id=SESSION)
    forged = DecisionTokens(signing_keys(b"another key")).issue(visit_of(api), NOON)
    for bad in (forged, token[:-3] + "AAA"):
        shown, viewed = replica.check(impression_of(record), view, tokens=[bad]).outcomes
        assert (getattr(shown, "code", ""), viewed) == ("decision_token", CheckedEvent(view))
    for odd in ("", ".", "a.b", "é", "x" * 10_000, token.partition(".")[0]):
        assert replica.check(view, tokens=[odd]).outcomes == [CheckedEvent(view)]

    api.clock.advance(FIRST_VISIT_LIFE)
    assert replica.judge(impression_of(record), tokens=[token]) == "decision_token"
    assert api.judge(impression_of(record)) == "decision_token"


def visit_of(api: Api) -> FirstVisit:
    now = api.clock.now()
    return api.first.make(Session(session_id=SESSION, started_at=now, watermark=now), now)[1]


def test_a_decision_whose_priors_went_was_kept_or_is_gone(
    api: Api, replica: Api, history: SqliteDecisionHistory
) -> None:
    record, _ = api.visit()
    gone = TOKENS.issue(visit_of(api)._replace(model_version="000007-gone"), NOON)
    view = an_event(session_id=SESSION)

    shown, viewed = replica.check(impression_of(record), view, tokens=[gone]).outcomes
    assert (getattr(shown, "code", ""), viewed) == ("decision_gone", CheckedEvent(view))

    history.append([record])
    kept = replica.check(impression_of(record), tokens=[gone])
    assert (kept.outcomes, kept.unwritten) == ([CheckedEvent(impression_of(record))], [])


def test_the_book_is_bounded_by_bytes_and_forgets_the_oldest() -> None:
    book = SlateBook(10_000)
    lines = [(ProductId(f"product-{number}"), number) for number in range(20)]
    for number in range(1_000):
        book.put(HandedSlate.of(DecisionId(str(number)), SESSION, lines, "token" * 20))

    assert book.find(DecisionId("0")) is None
    assert book.find(DecisionId("999")) is not None
    assert sum(book.find(DecisionId(str(number))) is not None for number in range(1_000)) < 20
