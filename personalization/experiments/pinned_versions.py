"""Which snapshots experiments hold, so that they outlive the number that is kept."""

from collections.abc import Callable

from personalization.domain.errors import StoreUnavailableError
from personalization.experiments.experiment import EXPERIMENT_BOOK
from personalization.ports.plan_store import EXPERIMENTS, PlanStore


def pinned_versions(store: PlanStore) -> Callable[[], frozenset[str]]:
    """Return what finds the snapshots that arms of running experiments are pinned to.

    It raises `StoreUnavailableError` where that cannot be known: nothing should be discarded then.
    """

    def read_versions() -> frozenset[str]:
        plan = store.read(EXPERIMENTS)
        if plan is None:
            return frozenset()
        try:
            book = EXPERIMENT_BOOK.decode(plan.body)
        except ValueError as error:
            raise StoreUnavailableError("The experiments cannot be read.") from error
        arms = (arm for experiment in book.running for arm in experiment.arms)
        return frozenset(arm.model_version for arm in arms if arm.model_version is not None)

    return read_versions
