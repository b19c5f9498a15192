"""Exports hold what may be handed out for their purpose, and nothing that was taken back since."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.consent import Consent, ConsentPurpose
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, SessionId
from personalization.domain.session import Session
from personalization.exports.day_export import DayExport
from personalization.sessions.refusals import Refusals
from tests.builders.decision import a_decision
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import a_small_shop

MEASURE, SHARE = ConsentPurpose.MEASURE, ConsentPurpose.SHARE
CONSENTS: dict[str, tuple[Consent | None, ...]] = {
    "silent": (None, None),
    "shares": ((MEASURE, SHARE), (MEASURE, SHARE)),
    "learns": ((ConsentPurpose.LEARN,), (ConsentPurpose.LEARN,)),
    "takes back": ((MEASURE, SHARE), (ConsentPurpose.LEARN,)),
}


def _events() -> Iterator[Event]:
    for session, consents in CONSENTS.items():
        for number, consent in enumerate(consents):
            yield an_event(
                event_id=EventId(f"{session} {number}"),
                session_id=SessionId(session),
                type=EventType.PRODUCT_VIEW,
                occurred_at=NOON + timedelta(minutes=number),
                consent=consent,
            )


@pytest.mark.parametrize(
    ("purpose", "wanted"), [(MEASURE, {"silent", "shares"}), (SHARE, {"shares"})]
)
def test_the_tables_have_only_the_sessions_that_agree_to_their_purpose(
    tmp_path: Path, purpose: ConsentPurpose, wanted: set[str]
) -> None:
    maker = a_small_shop(tmp_path).maker
    history_file, decisions_file = tmp_path / "history.sqlite", tmp_path / "decisions.sqlite"
    with (
        closing(SqliteEventHistory(history_file)) as history,
        closing(SqliteDecisionHistory(decisions_file)) as decisions,
    ):
        history.append(list(_events()))
        sessions = [
            Session(session_id=SessionId(name), started_at=NOON, watermark=NOON)
            for name in CONSENTS
        ]
        decisions.append([maker.make(session, NOON) for session in sessions])
        export = DayExport(history, decisions, tmp_path / "out", purpose)
        list(export.write([NOON.date()]))
    for table in ("events", "decisions", "slates", "profiles"):
        rows = ds.dataset(tmp_path / "out" / table, partitioning="hive").to_table().to_pylist()
        assert {row["session_id"] for row in rows} == wanted, table


def test_what_is_shown_while_a_refusal_holds_is_not_handed_out_either() -> None:
    refusals = Refusals(MEASURE)
    moments = [NOON + timedelta(minutes=minute) for minute in range(5)]
    refusals.hear("leaves", moments[1], (ConsentPurpose.LEARN,))
    for moment, consent in ((moments[1], ()), (moments[3], (MEASURE,)), (moments[4], (MEASURE,))):
        refusals.hear("comes back", moment, consent)

    def coverage(session: str) -> list[bool]:
        made = [a_decision(session_id=SessionId(session), decided_at=at) for at in moments]
        return [refusals.covers(decision) for decision in made]

    assert coverage("leaves") == [True] * 5
    assert coverage("comes back") == [True, True, True, False, False]
    assert coverage("stays") == [False] * 5
