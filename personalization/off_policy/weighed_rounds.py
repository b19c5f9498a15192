"""Rounds reduced to what estimators are made of: six numbers each, whatever was considered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from personalization.off_policy.estimator import SWITCH_WEIGHT
from personalization.off_policy.weight_summary import WeightSummary, heaviest_count

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeighedRounds:
    """n rounds, each field of n numbers."""

    reward: Numbers
    weight: Numbers
    """Importance weights, target probability over propensity of what was shown."""
    predicted_chosen: Numbers
    """The reward model's prediction for what was shown."""
    predicted_target: Numbers
    """The prediction's mean under the target policy."""
    unsupported: Numbers
    """The target's probability of what the log could not show."""
    session: Indices
    """Rounds of one session depend on each other and share a number."""

    @classmethod
    def join(cls, parts: Sequence["WeighedRounds"]) -> Self:
        """Return the rounds of all parts, one at least, which number sessions alike."""
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(of, name) for of in parts]) for name in names})

    def weights(self) -> WeightSummary:
        weight, count = self.weight, len(self.weight)
        engaged = weight[self.reward > 0]
        heaviest = np.sort(weight)[-heaviest_count(count) :]
        return WeightSummary(
            rounds=count,
            sessions=len(np.unique(self.session)),
            total=float(weight.sum()),
            squares=float(weight @ weight),
            largest=float(weight.max(initial=0.0)),
            heaviest=float(heaviest.sum()),
            switched=float(weight[weight > SWITCH_WEIGHT].sum()),
            engaged_total=float(engaged.sum()),
            engaged_squares=float(engaged @ engaged),
            unsupported=float(self.unsupported.mean()) if count else 0.0,
        )
