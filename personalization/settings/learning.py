"""How outcomes are waited for and the model is kept."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LearningSettings(BaseSettings):
    """Attribution window and snapshots."""

    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_LEARNING_", frozen=True)

    outcome_window_seconds: float = Field(default=1800.0, gt=0)
    """How long after an impression an interaction still counts for its decision."""
    snapshot_seconds: float = Field(default=30.0, gt=0)
    """How often the learner writes its checkpoint and scorers look for a new snapshot."""
    kept_snapshots: int = Field(default=5, ge=1)
    """Snapshots that are kept to roll back to."""
