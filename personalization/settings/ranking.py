"""How much is considered and shown; what changes scores has its default in the domain."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RankingSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_RANKING_", frozen=True)

    slate_size: int = Field(default=6, ge=1, le=50)
    """Positions shown and learned from, where no placements are named."""
    placements: str = ""
    """The page's placements, as `home=6 epsilon-greedy:epsilon=0.2; aside=4 thompson-linear`, until
    `fitting-room placements` writes others; or as JSON, as `placements list --json` prints them."""
    profile_products: int = Field(default=20, ge=1, le=200)
    """Scored products in a profile."""
    profile_categories: int = Field(default=8, ge=1, le=50)
    """Scored categories in a profile."""
    maximum_actions: int = Field(default=100, ge=10, le=1000)
    """Size of the action set."""
    profile_hours: float = Field(default=48.0, gt=0)
    """How long a profile may be served."""
    plan_seconds: float = Field(default=5.0, gt=0)
    """How often a newer version of the experiments and rules is looked for."""
    catalogue_seconds: float = Field(default=0.5, gt=0)
    """How often each process asks the catalogue which products were written."""
