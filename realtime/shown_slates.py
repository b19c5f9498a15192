"""What decisions have shown, read in batches as their impressions arrive."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import DecisionId
from personalization.domain.shown_decision import ShownDecision
from personalization.ports.decision_history import DecisionHistory

REMEMBERED = 5_000
"""Decisions whose impressions may still come in parts; about 2 KB each."""
READ_AT_ONCE = 500


class CountsDelayed(Protocol):
    def delayed_decisions(self) -> int:
        """Return how many decisions the history writer has still to append."""


class ShownSlates:
    """Remembers what exists only: a decision that is not there is looked for every time."""

    def __init__(self, decisions: DecisionHistory, log: CountsDelayed) -> None:
        self._decisions = decisions
        self._log = log
        self._known: dict[DecisionId, ShownDecision] = {}

    def read(self, decision_ids: Iterable[DecisionId]) -> Mapping[DecisionId, ShownDecision]:
        """Return those that exist; raises `StoreUnavailableError` while one may be on its way."""
        wanted = list(dict.fromkeys(decision_ids))
        found = {key: self._known[key] for key in wanted if key in self._known}
        missing = [key for key in wanted if key not in found]
        if not missing:
            return found
        # Asked before the look-up: what was delayed then and has arrived since is found.
        delayed = self._log.delayed_decisions()
        for start in range(0, len(missing), READ_AT_ONCE):
            found |= self._decisions.read_slates(missing[start : start + READ_AT_ONCE])
        if delayed and any(key not in found for key in missing):
            raise StoreUnavailableError(f"{delayed} decisions are not in the history yet.")
        if len(self._known) + len(missing) > REMEMBERED:
            self._known = {}
        self._known.update((key, found[key]) for key in missing if key in found)
        return found
