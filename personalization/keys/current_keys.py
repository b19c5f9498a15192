"""Keys as a process that answers requests knows them: never more than two seconds behind."""

import threading
from datetime import datetime
from typing import Final

from personalization.domain.access.api_key import ApiKey
from personalization.keys.key_book import KeyBook, KeyIndex, VerifiedKey, decode_keys
from personalization.keys.key_text import parse_key_text
from personalization.plans.current_plan import CurrentPlan, Parsed
from personalization.ports.plan_store import KEYS, PlanStore

LOOK_SECONDS: Final = 1.0
"""A key that is revoked is refused everywhere within two seconds."""


class CurrentKeys:
    """Finds keys by their text, in any thread.

    Between `start` and `stop` a thread looks for changes and `find` never waits for the store.
    Without it, `find` looks itself when a second has passed. While the store is away the keys
    known stay as they are.
    """

    def __init__(
        self, plans: PlanStore, *, with_development: bool, every_seconds: float = LOOK_SECONDS
    ) -> None:
        """`with_development` is for loopback: keys made without set-up hold nowhere else."""
        self._every_seconds = every_seconds
        self._with_development = with_development
        self._plan = CurrentPlan(
            plans,
            KEYS,
            lambda body: KeyIndex(decode_keys(body)),
            KeyIndex(KeyBook()),
            every_seconds,
        )
        self._verified = _VerifiedTexts(self._plan.last_read)
        self._stopping = threading.Event()
        self._looking: threading.Thread | None = None

    def start(self) -> None:
        """Read the keys, and from now on in the background."""
        self._plan.refresh()
        self._stopping.clear()
        self._looking = threading.Thread(target=self._look, name="keys", daemon=True)
        self._looking.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._looking is not None:
            self._looking.join()
        self._looking = None

    def refresh(self) -> None:
        self._plan.refresh()

    @property
    def have_answer(self) -> bool:
        """Whether they could be read at all: until then a key that is not found may be right."""
        return self._plan.was_read

    def find(self, text: str, now: datetime) -> ApiKey | None:
        """Return the key whose text this is, if it holds at this moment."""
        found = self.verify(text)
        return found.key if found is not None and found.holds(now) else None

    def verify(self, text: str) -> VerifiedKey | None:
        """Return the key whose text this is or was, whether or not it holds."""
        parsed = self._newest()
        verified = self._verified
        if verified.parsed is not parsed:
            self._verified = verified = _VerifiedTexts(parsed)
        found = verified.find(text)
        if found is None or self._with_development or not found.key.is_development:
            return found
        return None

    def holding(self, now: datetime) -> list[ApiKey]:
        """Return the keys that hold here at this moment."""
        return [
            key
            for key in self.book().keys
            if key.is_in_force(now) and (self._with_development or not key.is_development)
        ]

    def book(self) -> KeyBook:
        return self._newest().document.book

    def _newest(self) -> Parsed[KeyIndex]:
        looking = self._looking
        # One that failed must not leave revoked keys in force.
        if looking is not None and looking.is_alive():
            return self._plan.last_read
        return self._plan.read()

    def _look(self) -> None:
        while not self._stopping.wait(self._every_seconds):
            self._plan.refresh()


class _VerifiedTexts:
    """Texts that were found right by one version of the book: at most two for each key."""

    def __init__(self, parsed: Parsed[KeyIndex]) -> None:
        self.parsed = parsed
        self._known: dict[str, VerifiedKey] = {}

    def find(self, text: str) -> VerifiedKey | None:
        known = self._known.get(text)
        if known is None:
            parts = parse_key_text(text)
            known = None if parts is None else self.parsed.document.verify(parts)
            if known is not None:
                self._known[text] = known
        return known
