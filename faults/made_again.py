from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from evaluation.wiring import replay_over
from faults.ledger import Ledger
from faults.wiring import ShopStores
from personalization.domain.identifiers import SessionId
from personalization.replay.decision_replay import Replayed

MOST_OF_A_SESSION = 10_000


@dataclass(frozen=True, slots=True)
class MadeAgain:
    """How many were the same, bit for bit."""

    decisions: int
    different: int
    lacking_events: int
    """Made of a session that was found again while the history was behind."""
    fields: tuple[str, ...]
    """The first field of each in which some differ, without their places."""


def audit_decisions(stores: ShopStores, ledger: Ledger) -> MadeAgain:
    """Make every decision of the sessions that sent events again, and compare."""
    found = list(_replay_decisions(stores, ledger))
    different = [result for result in found if result.differences]
    fields = {result.differences[0].path.partition("[")[0] for result in different}
    lacking = sum(result.uncounted_events > 0 for result in found)
    return MadeAgain(len(found), len(different), lacking, tuple(sorted(fields)))


def _replay_decisions(stores: ShopStores, ledger: Ledger) -> Iterator[Replayed]:
    replay, now = replay_over(stores.kept, stores.settings), datetime.now(UTC)
    for session_id in ledger.acked:
        kept = stores.kept.decisions.list_session(SessionId(session_id), now, MOST_OF_A_SESSION)
        yield from replay.replay_many(kept)
