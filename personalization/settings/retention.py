"""How long things are kept."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RetentionSettings(BaseSettings):
    """Lives of what the home folder holds; Kafka and Cassandra have theirs with their settings."""

    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_RETENTION_", frozen=True)

    log_hours: float = Field(default=168.0, gt=0, le=876_000)
    """How long the embedded log keeps what all its readers have read."""
    unread_log_hours: float = Field(default=672.0, gt=0, le=876_000)
    """How long it keeps what a reader has not read yet: longer than any outage should last."""
    events_days: int = Field(default=400, ge=0, le=36_500)
    """How long the embedded history keeps events after they were written; 0 keeps them for ever."""
    decisions_days: int = Field(default=180, ge=0, le=36_500)
    """How long it keeps decisions and their profiles; 0 keeps them for ever."""
    rounds_days: int = Field(default=180, ge=0, le=36_500)
    """How long rounds are kept to train without erased sessions, not longer than decisions are."""
    audit_days: int = Field(default=730, ge=0, le=36_500)
    """How long the embedded audit log keeps changes; 0 keeps them for ever."""
    audit_catalogue_days: int = Field(default=60, ge=0, le=36_500)
    """How long it keeps those of products and categories, which shop systems make all day."""
    dead_letter_hours: float = Field(default=336.0, gt=0, le=876_000)
    """How long either log keeps what was refused."""
    dead_letter_mib: int = Field(default=64, ge=1, le=1_048_576)
    """How much of it either log keeps (MiB); beyond that the oldest goes first."""
    working_files_days: int = Field(default=30, ge=1, le=36_500)
    """How long Airflow's logs of past runs are kept."""
    tables_days: int = Field(default=400, ge=0, le=36_500)
    """How long days of the tables of a warehouse are kept in the home folder; 0 keeps them for
    ever."""
    lists_days: int = Field(default=30, ge=0, le=36_500)
    """How long lists for e-mail are kept in the home folder; 0 keeps them for ever."""
    imports_days: int = Field(default=90, ge=0, le=36_500)
    """How long the sessions that an import held out, and the rows that it refused, are kept; 0
    keeps them for ever."""
    receipts_days: int = Field(default=730, ge=400, le=36_500)
    """How long receipts of erasures are kept once all of it is done."""
