"""How long events wait for products that are not known yet, and how many may."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class WaitingEventSettings(BaseSettings):
    """Anybody can make ids up, so all of this is bounded: above it such an event is refused."""

    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_WAITING_", frozen=True)

    hours: float = Field(default=24.0, ge=0, le=48)
    """How long an event waits until the catalogue has its product; 0 refuses it at once."""
    session_events: int = Field(default=50, ge=0)
    """Events of one session that may wait."""
    session_kib: int = Field(default=64, ge=1)
    """What they may take as JSON (KiB)."""
    shop_events: int = Field(default=10_000, ge=0)
    """Events of all sessions that may wait; each process may let in a little more, as much as it
    takes in a second."""
    shop_mib: int = Field(default=16, ge=1)
    """What they may take as JSON (MiB)."""
