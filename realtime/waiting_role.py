"""Looks now and then whether the catalogue has what events wait for."""

import time
from functools import partial
from typing import Final

from personalization.domain.errors import StoreUnavailableError
from personalization.telemetry.metrics import (
    EVENTS_OF_UNKNOWN_PRODUCTS,
    UNKNOWN_PRODUCT_EVENTS_WAITING,
)
from personalization.tracking.waiting_events import WaitingEvents
from realtime.look_loop import LOOK_SECONDS, Looked, LookedFor

MOST_OF_THE_TIME: Final = 0.1
"""Where a look takes long, since very many wait, so much of the time is spent on looks."""
_LONGEST_PAUSE_SECONDS: Final = 10.0


def waiting_events_role(events: WaitingEvents) -> LookedFor:
    return LookedFor("waiting", "waiting", partial(_look, events), StoreUnavailableError)


def _look(events: WaitingEvents) -> Looked:
    began = time.monotonic()
    tally = events.publish_due()
    UNKNOWN_PRODUCT_EVENTS_WAITING.set(tally.waiting)
    for outcome, count in tally.outcomes.items():
        EVENTS_OF_UNKNOWN_PRODUCTS.labels(outcome.value).inc(count)
    pause = (time.monotonic() - began) / MOST_OF_THE_TIME
    return Looked(tally.waiting, min(max(LOOK_SECONDS, pause), _LONGEST_PAUSE_SECONDS))
