"""How outcomes are waited for and the model is kept."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from personalization.domain.outcome_rules import MILLISECONDS, Attribution, OutcomeRules


class LearningSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_LEARNING_", frozen=True)

    outcome_window_seconds: float = Field(default=1800.0, gt=0)
    """How long after an impression an interaction still counts for its decision."""
    correction_windows: float = Field(default=1.0, ge=0)
    """For how many more windows a late outcome corrects what was learned; 0 for never."""
    attribution: Attribution = Attribution.SUM
    """Whether all outcomes of an impression add up (`sum`) or the first one counts (`earliest`)."""
    default_outcome: float = Field(default=0.0, ge=-1, le=1)
    """The outcome, -1 to 1, of a product that was seen and left alone."""
    snapshot_seconds: float = Field(default=30.0, gt=0)
    """How often the learner writes its checkpoint and scorers look for a new snapshot."""
    models: str = "base"
    """Models that are learned: base, and bag, regcb, linear or products for policies that ask."""
    kept_snapshots: int = Field(default=5, ge=1)
    """Newest snapshots that are kept; of older ones, one of each hour or day stays for a while."""
    unlearned_worse: float = Field(default=0.1, ge=0)
    """Share by which the error of a model without erased sessions may exceed the current one's."""

    @property
    def outcome_rules(self) -> OutcomeRules:
        window_ms = int(self.outcome_window_seconds * MILLISECONDS)
        return OutcomeRules(
            window_ms=window_ms,
            correction_ms=int(window_ms * self.correction_windows),
            attribution=self.attribution,
            default_outcome=self.default_outcome,
        )
