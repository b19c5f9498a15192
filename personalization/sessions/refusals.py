"""Which sessions have refused a purpose, of many days at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from personalization.codec.event_columns import CONSENT_SEPARATOR
from personalization.codec.moments import to_microseconds
from personalization.domain.consent import Consent, ConsentPurpose, agrees, consent_of
from personalization.domain.decision import Decision
from personalization.domain.event import Event
from personalization.ports.event_history import EventHistory


@dataclass(slots=True)
class Refusals:
    purpose: ConsentPurpose
    _until_us: dict[str, int] = field(default_factory=dict)
    """Session -> the microsecond of its last event that does not agree."""
    _again_us: dict[str, int] = field(default_factory=dict)
    """Session -> the microsecond of its first event since then that agrees."""
    _agreeing: set[str] = field(default_factory=set)
    """Sessions with a yes; only asked about where silence is none."""

    @classmethod
    def read(cls, history: EventHistory, days: Sequence[date], purpose: ConsentPurpose) -> Self:
        """Read the days' consents, without making events; raises `StoreUnavailableError`."""
        found = cls(purpose)
        known: dict[str | None, Consent | None] = {None: None}
        for day in days:
            for columns in history.read_day_columns(day):
                sent = zip(columns.consents, columns.session_ids, columns.occurred_us, strict=True)
                for text, session_id, moment in sent:
                    if text not in known:
                        known[text] = _consent(text or "")
                    found._hear(session_id, moment, known[text])
        return found

    def hear(self, session_id: str, moment: datetime, consent: Consent | None) -> None:
        self._hear(session_id, to_microseconds(moment), consent)

    def _hear(self, session_id: str, moment_us: int, consent: Consent | None) -> None:
        if agrees(consent, self.purpose):
            self._agree(session_id, moment_us)
        elif consent is not None:
            self._refuse(session_id, moment_us)

    def _agree(self, session_id: str, moment_us: int) -> None:
        if not agrees(None, self.purpose):
            self._agreeing.add(session_id)
        until = self._until_us.get(session_id)
        if until is not None and until < moment_us:
            again = self._again_us.get(session_id, moment_us)
            self._again_us[session_id] = min(again, moment_us)

    def _refuse(self, session_id: str, moment_us: int) -> None:
        until = max(moment_us, self._until_us.get(session_id, moment_us))
        self._until_us[session_id] = until
        if self._again_us.get(session_id, until + 1) <= until:
            del self._again_us[session_id]

    def usable(self, events: Sequence[Event]) -> list[Event]:
        """Return those that agree, and that nothing later of their session has taken back."""
        return [
            event
            for event in events
            if agrees(event.consent, self.purpose)
            and to_microseconds(event.occurred_at) > self._until_us.get(event.session_id, 0)
        ]

    def covers(self, decision: Decision) -> bool:
        """Say whether a decision was made before its session refused, or while it did.

        Where silence is no yes, also that of a session which never gave one.
        """
        if not agrees(None, self.purpose) and decision.session_id not in self._agreeing:
            return True
        if decision.session_id not in self._until_us:
            return False
        again = self._again_us.get(decision.session_id)
        return again is None or to_microseconds(decision.decided_at) < again


def _consent(text: str) -> tuple[ConsentPurpose, ...]:
    return consent_of(map(ConsentPurpose, text.split(CONSENT_SEPARATOR) if text else ()))
