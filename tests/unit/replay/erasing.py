from pathlib import Path

from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.waiting_events import SqliteWaitingEvents
from personalization.audit.recording import Auditor
from personalization.ports.event_history import EventHistory
from personalization.ports.plan_store import PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.priors.session_eraser import SessionEraser
from tests.builders.settable_clock import SettableClock


def a_session_eraser(
    folder: Path, history: EventHistory, priors: PriorStore, plans: PlanStore
) -> SessionEraser:
    """Return an eraser of a shop in which no event waits."""
    waiting = SqliteWaitingEvents(folder / "waiting.sqlite", 0)
    auditor = Auditor(SqliteAuditLog(folder / "audit.sqlite"))
    return SessionEraser(history, priors, plans, SettableClock(), waiting, auditor)
