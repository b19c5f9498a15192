"""How often looking all the time misleads, on the units of an experiment that was run.

    python -m benchmarks.experiment_looks HOME EXPERIMENT ARM [ARM ...]

The units of arms that are alike are dealt into two arms two thousand times: any difference
is chance. Each time there is a look after every unit, with the intervals of experiments and with
those made for a single look.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from personalization.audit.recording import Auditor
from personalization.domain.identifiers import ProductId
from personalization.experiments.arm_sums import ArmSums
from personalization.experiments.confidence_sequence import ALPHA, FEWEST_UNITS, two_sided_radius
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.measurement import Measurement
from personalization.experiments.past_experiments import PastExperiments
from personalization.experiments.watched_unit import RATIOS
from personalization.wiring import CoreSettings, open_kept

Numbers = npt.NDArray[np.float64]
DEALS = 2_000
FIXED = 1.96
SEED = 20_210_311


@dataclass(slots=True)
class KeptRatios(ArmSums):
    ratios: list[Numbers] = field(default_factory=list)

    def add(self, ratios: Numbers, shown: Iterable[ProductId]) -> None:
        """Take a settled unit, and remember it."""
        ArmSums.add(self, ratios, shown)
        self.ratios.append(ratios)


def units_of(home: Path, experiment_id: str, arms: Sequence[str]) -> tuple[Numbers, int]:
    """Return N and D of each unit and metric, (units, 2, metrics), and the planned units."""
    kept_ratios = {arm: KeptRatios() for arm in arms}
    with open_kept(CoreSettings.of_home(home)) as kept:
        experiment = ExperimentEditor(kept.plans, Auditor(kept.audit)).find(experiment_id)
        measured = Measurement(experiment)
        measured.sums.update(kept_ratios)
        past = PastExperiments(kept.history, kept.decisions, kept.catalogue)
        past.measure_into(measured, datetime.now(UTC))
    ratios = [ratio for sums in kept_ratios.values() for ratio in sums.ratios]
    return np.array(ratios), experiment.planned_units


def ratio_at_every_look(units: Numbers, taken: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return value, error and units of an arm after each unit, each (looks, metrics)."""
    above, below = units[:, 0] * taken[:, None], units[:, 1] * taken[:, None]
    n, d, nn, nd, dd, groups = (
        np.cumsum(numbers, axis=0)
        for numbers in (above, below, above**2, above * below, below**2, 1.0 * (below > 0))
    )
    value = n / np.maximum(d, 1e-9)
    squares = np.maximum(nn - 2 * value * nd + value**2 * dd, 0.0)
    error = np.sqrt(squares * groups / np.maximum(groups - 1, 1)) / np.maximum(d, 1e-9)
    return value, error, groups


def false_alarms(
    units: Numbers, planned: int, random: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """Return for each metric whether any look found a difference, by either kind of interval."""
    dealt = units[random.permutation(len(units))]
    taken = random.random(len(units)) < 1 / 2
    arm, arm_error, arm_units = ratio_at_every_look(dealt, taken.astype(np.float64))
    other, other_error, other_units = ratio_at_every_look(dealt, (~taken).astype(np.float64))
    # As for a contrast: a side has at least the spread of both.
    _, both_error, both_units = ratio_at_every_look(dealt, np.ones(len(units)))
    below = np.cumsum(dealt[:, 1], axis=0)
    spread = both_error * below / np.sqrt(np.maximum(both_units, 1))
    arm_least, other_least = (
        spread * np.sqrt(number) / np.maximum(np.cumsum(dealt[:, 1] * which[:, None], axis=0), 1e-9)
        for number, which in ((arm_units, taken), (other_units, ~taken))
    )
    error = np.hypot(np.maximum(arm_error, arm_least), np.maximum(other_error, other_least))
    known = (np.minimum(arm_units, other_units) >= FEWEST_UNITS) & (error > 0)
    difference = np.abs(arm - other)
    away = difference / np.where(known, error, 1.0)
    own = difference / np.where(known, np.hypot(arm_error, other_error), np.inf)
    both = np.maximum(arm_units + other_units, 1).astype(np.int64)
    radius = np.array([two_sided_radius(1.0, n, planned) for n in range(1, len(units) + 1)])
    sequence = (known & (away > radius[both - 1])).any(axis=0)
    fixed = (known & (own > FIXED)).any(axis=0)
    return np.asarray(sequence, dtype=np.float64), np.asarray(fixed, dtype=np.float64)


def main(arguments: Sequence[str]) -> None:
    """Print the share of deals with a false alarm, for each metric."""
    home, experiment_id, *arms = arguments
    units, planned = units_of(Path(home), experiment_id, arms)
    random = np.random.default_rng(SEED)
    found = [false_alarms(units, planned, random) for _ in range(DEALS)]
    sequence, fixed = (np.mean(of, axis=0) for of in zip(*found, strict=True))
    print(f"{len(units):,} units, {DEALS:,} deals, intervals of {1 - ALPHA:.0%}")
    for metric, ours, once in zip(RATIOS, sequence, fixed, strict=True):
        if units[:, 0, RATIOS.index(metric)].any():
            print(f"{metric:16} every look {ours:6.1%}   made for one look {once:6.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
