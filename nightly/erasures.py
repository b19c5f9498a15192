"""What a night does for those who were erased since the last one."""

import logging

from nightly.wiring import open_night_worker
from personalization.domain.errors import PersonalizationError
from personalization.erasure.store_eraser import ErasurePhase

_LOG = logging.getLogger(__name__)


def erase_rest() -> int:
    """Erase from what nights make; return how many requests stay open.

    A failure waits for the next night: what was promoted stays so.
    """
    try:
        with open_night_worker() as worker:
            worker.work(ErasurePhase.NIGHT)
            left = len(worker.book.open_ids())
    except PersonalizationError as error:
        _LOG.error("erasures wait for the next night", extra={"fields": {"error": str(error)}})
        return -1
    _LOG.info("%d erasures are open.", left)
    return left
