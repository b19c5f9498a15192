"""Expected outcomes by numpy over the weights of a model, to the last bit as Vowpal Wabbit's.

Every example of ours has the same shape (`example_text.py`): a relevance, a prior, a constant,
and the features of the context crossed with relevance and prior. So a context picks some fifteen
weights, and 200 actions are fifteen rows of 200 numbers: multiplied and added in Vowpal Wabbit's
order and in its precision, since it treats nearly equal costs as ties.
"""

import re
from collections.abc import Sequence
from functools import lru_cache, partial

import msgspec
import numpy as np
import numpy.typing as npt
from vowpalwabbit import Workspace

from personalization.adapters.vowpal.example_text import (
    DIGITS,
    PRIOR,
    RELEVANCE,
    SCALE,
    context_features,
)
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.workspace import open_hasher, open_workspace
from personalization.domain.context import Context, Daypart, Season
from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.event import Device
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.policy import Candidate, CandidateTable

Values = npt.NDArray[np.float32]

_CONSTANT = 11650396
"""Vowpal Wabbit's index of the constant feature (`core/constant.h`)."""
_FNV_PRIME = 16777619
"""Crossing two features: (first * prime) xor second (`core/interactions_predict.h`)."""
_CONTEXTS = 4_096
"""Contexts whose weights are at hand; one is 60 bytes for each member."""


def _last_place() -> np.float32:
    """Return the last decimal place as Vowpal Wabbit reads it: by dividing, which loses a bit."""
    place = np.float32(1)
    for _ in range(DIGITS):
        place /= np.float32(10)
    return place


_LAST_PLACE = _last_place()
_NOBODY = Context(
    season=Season.SPRING,
    daypart=Daypart.MORNING,
    device=Device.DESKTOP,
    region=None,
    affinities=(),
    interaction_count=0,
)
_NOTHING = Candidate(ProductId("warming-up"), CategoryId("warming-up"), 0.0, 0.0)


class _Weight(msgspec.Struct):
    index: int
    value: float


class _Dump(msgspec.Struct):
    weights: list[_Weight]


class VowpalValues:
    """The members of a model (one without `--bag`), each with its own expected outcomes.

    Any number of threads may ask. `DamagedSnapshotError` for a model that cannot be read or has a
    weight that is not a finite number.
    """

    def __init__(self, model: bytes | None, arguments: str = BASE.arguments) -> None:
        # Nothing of the workspace is kept: it takes megabytes, and what was learned little.
        workspace = open_workspace(model, "" if model else arguments)
        members = _members(workspace)
        table = _weights(workspace, members)[:, :members]
        self._take(table, _hasher(len(table).bit_length() - 1))

    @classmethod
    def together(cls, models: Sequence["VowpalValues"]) -> "VowpalValues":
        made = cls.__new__(cls)
        table = np.hstack([vowpal_values._table for vowpal_values in models])  # noqa: SLF001 (one of its own class)
        made._take(table, models[0]._hash)  # noqa: SLF001
        return made

    def _take(self, table: Values, hash_of: "_Hasher") -> None:
        self._table, self._hash = table, hash_of
        self.members = table.shape[1]
        # Bound to no method of ours: in a cycle, models that were replaced would stay until the
        # garbage collector comes by, which is seldom.
        self._of_context = lru_cache(_CONTEXTS)(partial(_cross, table, hash_of))

    def values(self, context: Context, candidates: Sequence[Candidate]) -> Values:
        """Return the members' predicted costs with the sign turned: (members, actions)."""
        if not candidates:
            return np.zeros((self.members, 0), np.float32)
        if type(candidates) is CandidateTable:
            return self.values_of(context, candidates.features)
        _, _, relevances, priors = zip(*candidates, strict=True)
        return self.values_of(context, np.array((relevances, priors)))

    def values_of(self, context: Context, numbers: npt.NDArray[np.float64]) -> Values:
        """As `values`, of relevances and priors in two rows."""
        if not np.isfinite(numbers).all():
            raise ValueError("A candidate's relevance or prior is not finite.")
        features = np.ones((3, numbers.shape[1]), np.float32)
        # As the text of an example says them, and as Vowpal Wabbit reads that.
        features[:2] = np.rint(numbers * SCALE)
        features[:2] *= _LAST_PLACE
        weights, rows = self._of_context(context_features(context))
        costs: Values = np.add.reduce(weights * features[rows], axis=1)
        return -costs

    def warm_up(self) -> None:
        """Answer once, so that nobody waits for hashes, caches and numpy's first call."""
        self.values(_NOBODY, (_NOTHING,))


class _Hasher:
    """Vowpal Wabbit's own hash, which knows of a model only how many bits its indexes have."""

    def __init__(self, bits: int) -> None:
        self._workspace = open_hasher(bits)

    def __call__(self, feature: str, namespace: str) -> int:
        space = self._workspace.hash_space(namespace)
        return int(self._workspace.hash_feature(feature, space))


@lru_cache
def _hasher(bits: int) -> _Hasher:
    return _Hasher(bits)


def _cross(table: Values, hash_of: _Hasher, features: str) -> tuple[Values, npt.NDArray[np.intp]]:
    """Return the weights of a context, (members, terms, 1), and each term's row of numbers."""
    relevance, prior = hash_of(RELEVANCE, "r"), hash_of(PRIOR, "p")
    context = [_FNV_PRIME * hash_of(feature, "c") for feature in features.split(" ")]
    with_prior = [feature ^ prior for feature in context]
    with_relevance = [feature ^ relevance for feature in context]
    indexes = [relevance, prior, _CONSTANT, *with_prior, *with_relevance]
    rows = [0, 1, 2] + [1] * len(context) + [0] * len(context)
    weights = table[[index % len(table) for index in indexes]].T
    return np.ascontiguousarray(weights)[:, :, np.newaxis], np.array(rows)


def _members(workspace: Workspace) -> int:
    found = re.search(r"--bag (\d+)", workspace.get_arguments())
    return int(found[1]) if found else 1


def _weights(workspace: Workspace, members: int) -> Values:
    """Return (features, places): members lie side by side in the next power of two places."""
    width = 1 << (members - 1).bit_length()
    flat = np.zeros(workspace.num_weights(), np.float32)
    try:
        dumped = msgspec.json.decode(workspace.json_weights(), type=_Dump).weights
    except msgspec.DecodeError as error:  # JSON has no NaN and no infinity: the dump breaks off.
        raise DamagedSnapshotError("A weight of the model is not a finite number.") from error
    flat[[weight.index for weight in dumped]] = [weight.value for weight in dumped]
    return flat.reshape(-1, width)
