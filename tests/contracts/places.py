"""Where adapters keep things: opened as often as a test likes, and sent to other processes.

An adapter joins every suite of its port by one place here and one parameter in `conftest.py`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from personalization.adapters.redis.notifier import RedisNotifier
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventLog
from personalization.ports.model_store import ModelStore
from personalization.ports.notifier import Notifier
from personalization.ports.prior_store import PriorStore
from personalization.settings.redis import RedisSettings


class ModelPlace(Protocol):
    """Where snapshots are kept."""

    def open_model_store(self, kept: int) -> ModelStore:
        """Open the model store as one more writer."""
        ...


@dataclass(frozen=True)
class SqlitePlace:
    """A folder for files of SQLite, and of snapshots."""

    folder: Path

    def open_event_log(self) -> EventLog:
        """Open the log."""
        return SqliteEventLog(self.folder / "event_log.sqlite")

    def open_event_history(self) -> EventHistory:
        """Open the event history."""
        return SqliteEventHistory(self.folder / "history.sqlite")

    def open_decision_history(self) -> DecisionHistory:
        """Open the decision history."""
        return SqliteDecisionHistory(self.folder / "decisions.sqlite")

    def open_prior_store(self) -> PriorStore:
        """Open the prior store."""
        return SqlitePriorStore(self.folder / "priors.sqlite")

    def open_model_store(self, kept: int) -> ModelStore:
        """Open the folder of snapshots."""
        return SnapshotFolder(self.folder / "models", kept)


@dataclass(frozen=True)
class RedisPlace:
    """A server's url, which other processes may use as well."""

    url: str

    def open_notifier(self) -> Notifier:
        """Connect a notifier."""
        return RedisNotifier(self.url, RedisSettings())


@dataclass(frozen=True)
class RestartableRedis:
    """A server of the test's own."""

    server: EmbeddedRedis

    @property
    def place(self) -> RedisPlace:
        """Where other processes find it."""
        return RedisPlace(self.server.url)

    def interrupt(self) -> None:
        """Stop the server and start it again."""
        self.server.stop()
        self.server.start()
