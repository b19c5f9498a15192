"""How much may be made of a key that has no limits of its own."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class KeyLimitSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_KEY_LIMITS_", frozen=True)

    publishable_per_second: int = Field(default=500, ge=1)
    """Requests a second of a publishable key, by all shoppers together (429)."""
    publishable_per_day: int = Field(default=0, ge=0)
    """Requests a day of a publishable key; 0 is no quota."""
    publishable_address_per_second: int = Field(default=100, ge=1)
    """Requests a second of one address with a publishable key: everybody can read it, and nobody
    may use up what it allows. IPv6 addresses count by their first 64 bits."""
    secret_per_second: int = Field(default=100, ge=1)
    """Requests a second of a secret key (429)."""
    secret_per_day: int = Field(default=0, ge=0)
    """Requests a day of a secret key; 0 is no quota."""
    addresses: int = Field(default=10_000, ge=1)
    """Addresses that a process remembers; those unseen for longest are forgotten above."""
    settle_seconds: float = Field(default=1.0, gt=0)
    """How often a process adds its counts to those of the others in Redis. In between it knows
    nothing of theirs: limits are exceeded by what the others let pass in this time at most."""
