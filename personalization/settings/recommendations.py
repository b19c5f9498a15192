"""How much of the rows and ranked lists of pages is kept."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RecommendationSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_RECOMMENDATIONS_", frozen=True)

    session_kib_per_hour: int = Field(default=4_096, ge=1)
    """Decisions of rows and lists that are kept of one session in an hour (429); a row of ten
    products takes about 2 KiB, so this is some 400 pages of five rows."""
    key_mib_per_hour: int = Field(default=4_096, ge=1)
    """The same of all sessions of one key together: some 100 pages of five rows a second."""
    sessions: int = Field(default=20_000, ge=1)
    """Sessions and keys that a process counts; those unseen for longest are forgotten above."""
