from datetime import UTC, datetime

from nightly.wiring import open_retained
from personalization.domain.errors import StoreUnavailableError
from personalization.retention.retention import StorePruning, apply_retention


def prune_now() -> list[str]:
    """Remove what has been kept long enough; return a line for each store.

    Raises `StoreUnavailableError`, after all others are done, if a store did not answer.
    """
    with open_retained() as stores:
        done = list(apply_retention(stores, datetime.now(UTC)))
    failures = [f"{pruning.store}: {pruning.failure}" for pruning in done if pruning.failure]
    if failures:
        raise StoreUnavailableError("; ".join(failures))
    return [_line(pruning) for pruning in done]


def _line(pruning: StorePruning) -> str:
    if pruning.removed is None:
        return f"{pruning.store}: kept {pruning.life}, by the service itself"
    return f"{pruning.store}: {pruning.removed} removed, kept {pruning.life}"
