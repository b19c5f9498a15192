"""What is asked of an unlearning, and what it says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from personalization.domain.identifiers import SessionId
from personalization.learning.model_comparison import ModelComparison
from personalization.learning.retraining import RetrainingCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlearnRequest:
    author: str
    sessions: tuple[SessionId, ...] = ()
    """Besides those on the list of erased ones."""
    dry: bool = False
    """Train and compare, and leave everything as it is."""
    accept: bool = False
    """Promote it although it is worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlearnReport:
    made: str | None
    """The new version; None where nothing was saved."""
    replaced: str
    erasure_version: int
    """Of the list of erased sessions: nobody on it is in the new models."""
    sessions: int
    """How many erased ones had rounds."""
    counts: RetrainingCounts
    first_round: int
    """The number with which the training began."""
    lost: int
    """Numbers of rounds before it that the replaced models had, and that nobody keeps."""
    missing: int
    """Rounds that should be kept and are not: the file was replaced, say."""
    sha256: Mapping[str, str]
    """Of each model's part."""
    same: bool
    """Whether the new models are the replaced ones, to the byte."""
    comparison: ModelComparison
    fault: str | None
    """What the comparison found wrong."""
    discarded: tuple[str, ...] = ()
    """Snapshots that were deleted, since the erased are in them."""
    pinned: tuple[str, ...] = ()
    """Snapshots that have them still, since running experiments hold them."""
    seconds: float = 0.0
