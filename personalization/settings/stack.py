"""The services that run here from packages, without Docker."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class StackSettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="FITTING_ROOM_STACK_", env_ignore_empty=True, frozen=True
    )

    cache: Path | None = None
    """Where downloaded jars are kept; unset means the user's cache folder."""
