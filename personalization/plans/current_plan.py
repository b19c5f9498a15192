"""A plan as serving reads it: parsed once, refreshed every so often, never in the way."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from personalization.domain.clock import Throttle
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.plan_store import Plan, PlanStore
from personalization.telemetry.metrics import STORE_FAILURES

_LOG = logging.getLogger(__name__)
NO_VERSION = 0

_Document = TypeVar("_Document")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[_Document]):
    version: int
    """`NO_VERSION` before the first."""
    document: _Document


class CurrentPlan(Generic[_Document]):
    """The newest version of one plan that could be read; `parse` raises `ValueError`.

    While the store is away, and where a version does not parse, the one before stays: a decision
    is never failed by what an operator wrote.
    """

    def __init__(
        self,
        store: PlanStore,
        name: str,
        parse: Callable[[bytes], _Document],
        before_first: _Document,
        every_seconds: float,
    ) -> None:
        self._store = store
        self._name = name
        self._parse = parse
        self._parsed = Parsed(NO_VERSION, before_first)
        self._refused = NO_VERSION
        self._look = Throttle(every_seconds)
        self._was_read = False

    def read(self) -> Parsed[_Document]:
        """Return the document; every so often the call looks for a newer version first."""
        if self._look.due():
            self.refresh()
        return self._parsed

    def is_due(self) -> bool:
        """Say whether `read` would look for a newer version first, which blocks."""
        return self._look.remaining_seconds() <= 0

    @property
    def was_read(self) -> bool:
        """Whether the store has ever answered, also that there is no version yet."""
        return self._was_read

    @property
    def last_read(self) -> Parsed[_Document]:
        return self._parsed

    def refresh(self) -> None:
        try:
            newest = self._store.read(self._name)
        except StoreUnavailableError:
            STORE_FAILURES.labels("plans").inc()
            return
        self._was_read = True
        if newest is not None and newest.version not in (self._parsed.version, self._refused):
            self._take(newest)

    def _take(self, newest: Plan) -> None:
        try:
            self._parsed = Parsed(newest.version, self._parse(newest.body))
        except ValueError as error:
            self._refused = newest.version
            fields = {"plan": self._name, "version": newest.version, "stays": self._parsed.version}
            _LOG.exception(
                "a plan cannot be read, the version before it stays",
                extra={"fields": {**fields, "error": str(error)}},
            )
