import asyncio
from typing import Final

from api.http.blocking_calls import BlockingCalls
from api.keys.key_limits import KeyLimits, counts_of
from personalization.domain.errors import StoreFullError, StoreUnavailableError
from personalization.ports.key_usage import KeyUsage
from personalization.telemetry.metrics import STORE_FAILURES

_STORE: Final = "key_usage"


class KeySettlement:
    """Tells the other processes what was made of keys, and hears of them, off the event loop."""

    def __init__(self, limits: KeyLimits, usage: KeyUsage, blocking: BlockingCalls) -> None:
        self._limits = limits
        self._usage = usage
        self._blocking = blocking

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._limits.settings.settle_seconds)
            await self.settle()

    async def settle(self) -> None:
        """Settle once; what could not be sent stays for the next time."""
        self._limits.report()
        sent = self._limits.open_counts()
        if not sent:
            return
        counts = counts_of(sent)
        try:
            known = await self._blocking.run(lambda: self._usage.add(counts))
        except (StoreUnavailableError, StoreFullError):
            STORE_FAILURES.labels(_STORE).inc()
            return
        self._limits.settle(sent, known)
