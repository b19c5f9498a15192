"""Where experiments are written: read, changed and stored, whoever else writes at the time."""

from collections.abc import Callable
from dataclasses import dataclass

from personalization.domain.errors import InvalidExperimentError, SupersededError
from personalization.experiments.experiment import EXPERIMENT_BOOK, Experiment, ExperimentBook
from personalization.ports.plan_store import EXPERIMENTS, PlanStore

TRIES = 5
"""Operators and the hourly check write a few times a day: five in a row never meet."""


@dataclass(frozen=True, slots=True)
class ExperimentDesk:
    """The book of experiments over the plan store."""

    store: PlanStore

    def book(self) -> ExperimentBook:
        """Return the book; raises `InvalidExperimentError` if what is stored cannot be read."""
        return self._read()[1]

    def find(self, experiment_id: str) -> Experiment:
        """Return an experiment; raises `InvalidExperimentError` if there is no such."""
        book = self.book()
        found = book.find(experiment_id)
        if found is None:
            known = (
                ", ".join(experiment.experiment_id for experiment in book.experiments) or "none yet"
            )
            raise InvalidExperimentError(
                f"There is no experiment {experiment_id!r}. There are: {known}."
            )
        return found

    def change(
        self, change: Callable[[ExperimentBook], ExperimentBook], author: str
    ) -> ExperimentBook:
        """Store the book as changed, changing it anew where another writer came first.

        A change that changes nothing is not stored. Raises `InvalidExperimentError` where the
        changed book contradicts itself.
        """
        for _ in range(TRIES):
            version, book = self._read()
            try:
                changed = change(book)
            except ValueError as error:
                raise InvalidExperimentError(str(error)) from error
            if changed == book:
                return book
            try:
                self.store.write(EXPERIMENTS, EXPERIMENT_BOOK.encode(changed), version, author)
            except SupersededError:
                continue
            return changed
        raise SupersededError("Others keep writing the experiments: try again.")

    def _read(self) -> tuple[int, ExperimentBook]:
        plan = self.store.read(EXPERIMENTS)
        if plan is None:
            return 0, ExperimentBook()
        try:
            return plan.version, EXPERIMENT_BOOK.decode(plan.body)
        except ValueError as error:
            raise InvalidExperimentError(
                f"Version {plan.version} of the experiments cannot be read: {error}"
            ) from error
