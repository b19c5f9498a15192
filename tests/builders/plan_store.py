"""Builds a plan store of its own."""

from pathlib import Path

from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from tests.builders.settable_clock import SettableClock


def a_plan_store(folder: Path) -> SqlitePlanStore:
    """Return an empty store whose clock stands at noon."""
    return SqlitePlanStore(folder / "plans.sqlite", 0, SettableClock())
