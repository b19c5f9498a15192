"""How a process of the real-time service is looked at."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RealtimeSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_REALTIME_", frozen=True)

    host: str = "127.0.0.1"
    """Interface on which `/health` and `/metrics` answer; loopback by default."""
    port: int | None = Field(default=None, ge=0, le=65535)
    """Port of `/health` and `/metrics`; 0 takes a free one, unset answers nowhere."""
    stuck_seconds: float = Field(default=120.0, gt=0)
    """A role whose loop has not turned for this long, without waiting for a store, is unhealthy."""
