"""Snapshots that experiments hold are known, or nothing is said to be free."""

from pathlib import Path

import pytest

from personalization.domain.errors import StoreUnavailableError
from personalization.experiments.experiment import EXPERIMENT_BOOK, ExperimentBook
from personalization.experiments.pinned_versions import pinned_versions
from personalization.ports.plan_store import EXPERIMENTS
from tests.builders.experiment import an_arm, an_experiment
from tests.builders.moments import NOON
from tests.builders.plan_store import a_plan_store


def test_running_experiments_hold_their_snapshots_until_they_end(tmp_path: Path) -> None:
    store = a_plan_store(tmp_path)
    pinned = pinned_versions(store)
    assert pinned() == frozenset()
    experiment = an_experiment(arms=(an_arm(), an_arm("old", model_version="000001-a")))
    store.write(EXPERIMENTS, EXPERIMENT_BOOK.encode(ExperimentBook(experiments=(experiment,))), 0)
    assert pinned() == {"000001-a"}

    ended = ExperimentBook(experiments=(experiment.with_end(NOON),))
    store.write(EXPERIMENTS, EXPERIMENT_BOOK.encode(ended), 1)

    assert pinned() == frozenset()


def test_experiments_that_cannot_be_read_free_nothing(tmp_path: Path) -> None:
    store = a_plan_store(tmp_path)
    store.write(EXPERIMENTS, b"{", 0)

    with pytest.raises(StoreUnavailableError):
        pinned_versions(store)()
