"""A clock of calls that pauses move, so that no test waits."""

from datetime import datetime, timedelta

from tests.builders.moments import NOON


class TurnedClock:
    def __init__(self, seconds_a_look: float = 0.0) -> None:
        """`seconds_a_look` pass whenever somebody looks."""
        self.pauses: list[float] = []
        self._elapsed = 0.0
        self._a_look = seconds_a_look

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        self._elapsed += self._a_look
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._elapsed += seconds

    async def pause(self, seconds: float) -> None:
        self.sleep(seconds)
