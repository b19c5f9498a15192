"""What a night took, for whoever waited for it."""

import os
import resource
import time
from pathlib import Path

from nightly.application.mailbox import Mailbox

_MIB = 1024 * 1024


class NightClock:
    """Started with the night, asked at its end."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._load = os.getloadavg()[0]

    def sentence(self, warehouse: Path) -> str:
        """Return wall and processor time of all processes, and the machine's load meanwhile."""
        card = Mailbox(warehouse).card()
        application = sum(card.processor_seconds.values()) if card is not None else 0.0
        peak = card.peak_bytes / _MIB if card is not None else 0.0
        own = sum(
            usage.ru_utime + usage.ru_stime
            for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )
        return (
            f"It took {time.monotonic() - self._begin:,.0f} s, and {application + own:,.0f} s of "
            f"processor time: {application:,.0f} s in the night's application, which held at most "
            f"{peak:,.0f} MiB, and {own:,.0f} s in Airflow and this command. Load of the machine "
            f"(1 minute): {self._load:.1f} when it began, {os.getloadavg()[0]:.1f} now."
        )
