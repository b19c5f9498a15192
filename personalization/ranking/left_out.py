from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from personalization.domain.action_table import Floats
from personalization.domain.decision import ActionSource


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Parts of a ranking that count for nothing, so that what each is worth can be measured."""

    live: bool = False
    """What the session's own interactions say."""
    terms: frozenset[str] = frozenset()
    """Priors and signals, whatever their scope, such as `popularity_region`."""
    sources: frozenset[ActionSource] = frozenset()
    """Lists from which no actions are taken."""

    def weights(self, weights: Mapping[str, float]) -> Mapping[str, float]:
        """Return the weights, those left out being 0: the others neither grow nor shrink."""
        if not self.terms:
            return weights
        return {name: 0.0 if base_name(name) in self.terms else of for name, of in weights.items()}

    def relevances(self, rows: Floats) -> Floats:
        return np.zeros_like(rows) if self.live else rows


NOTHING_LEFT_OUT = LeftOut()


def base_name(name: str) -> str:
    """Return the name of a term without its scope: `popularity_region` of all regions."""
    return name.partition(":")[0]
