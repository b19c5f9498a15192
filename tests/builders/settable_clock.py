"""A clock that a test sets."""

from datetime import datetime, timedelta

from tests.builders.moments import NOON


class SettableClock:
    """Stands still until it is advanced."""

    def __init__(self, moment: datetime = NOON) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment

    def advance(self, by: timedelta) -> None:
        self._moment += by
