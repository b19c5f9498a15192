"""What an order that anybody can send may weigh in an experiment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ExperimentSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_EXPERIMENT_", frozen=True)

    price_ratio: float = Field(default=2.0, ge=1)
    """A line's unit price counts up to this many times the catalogue's price."""
    counted_quantity: int = Field(default=100, ge=1)
    """Pieces of a line that count at most; wholesalers need more."""
    unpriced: float = Field(default=1000.0, ge=0)
    """Up to what a unit price counts, in units of currency, where the catalogue has no price."""
