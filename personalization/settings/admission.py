"""How many events may wait."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AdmissionSettings(BaseSettings):
    """Above these limits events are refused with 503 and a time to come back, before any work."""

    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_ADMISSION_", frozen=True)

    most_writing: int = Field(default=64, ge=1)
    """Batches that one process takes at the same time: more do not make the log any quicker."""
    most_waiting: int = Field(default=5_000, ge=1)
    """Events of one process that may wait for their profiles, however quick these are."""
    fewest_waiting: int = Field(default=3, ge=1)
    """And how many always may, however slow they are."""
    quick_milliseconds: float = Field(default=20.0, gt=0)
    """A time from an event to its profile that is never called slow."""
    forget_seconds: float = Field(default=5.0, gt=0)
    """After this long an event is no longer waited for: those that change no profile (repeated, or
    too late) are never announced."""
