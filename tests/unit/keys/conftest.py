from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.keys.editor import KeyEditor
from personalization.ports.audit_log import AuditLog
from personalization.ports.plan_store import PlanStore
from tests.builders.settable_clock import SettableClock


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def plans(tmp_path: Path) -> Iterator[PlanStore]:
    with closing(SqlitePlanStore(tmp_path / "plans.sqlite")) as opened:
        yield opened


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[AuditLog]:
    with closing(SqliteAuditLog(tmp_path / "audit.sqlite")) as opened:
        yield opened


@pytest.fixture
def editor(plans: PlanStore, audit: AuditLog, clock: SettableClock) -> KeyEditor:
    return KeyEditor(plans, audit, clock)
