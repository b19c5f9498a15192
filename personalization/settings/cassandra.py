"""How Cassandra is reached; without contact points everything kept lies in the home folder."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class CassandraSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_CASSANDRA_", frozen=True)

    contact_points: str | None = None
    """Nodes to begin with, as host:port,host:port; unset keeps everything in the home folder."""
    keyspace: str = Field(default="fitting_room", pattern=r"^[a-z][a-z0-9_]{0,47}$")
    """Keyspace, made when it is missing."""
    local_datacenter: str | None = None
    """Data centre whose nodes answer; unset takes that of the first contact point."""
    replication: str = Field(default="1", pattern=r"^(\d+|[\w.-]+:\d+(,[\w.-]+:\d+)*)$")
    """Copies of each row when the keyspace is made: a number, or dc1:3,dc2:3 by data centre."""
    consistency: str = Field(
        default="LOCAL_QUORUM", pattern=r"^(ONE|LOCAL_ONE|LOCAL_QUORUM|QUORUM)$"
    )
    """How many copies must have confirmed a read or a write."""
    timeout_seconds: float = Field(default=2.0, gt=0)
    """How long one request may take before the store counts as unavailable."""
    batch_timeout_seconds: float = Field(default=30.0, gt=0)
    """The same for imports and nightly jobs, where nobody waits for a page."""
    username: str | None = None
    """User of the cluster."""
    password: SecretStr | None = None
    """Password of that user."""
    events_days: int = Field(default=400, ge=0, le=3_650)
    """How long events are kept after they were written; 0 keeps them for ever."""
    decisions_days: int = Field(default=180, ge=0, le=3_650)
    """How long decisions and profiles are kept; 0 keeps them for ever."""
    rounds_days: int = Field(default=180, ge=0, le=3_650)
    """How long rounds are kept to train without erased sessions, not longer than decisions are."""
    audit_days: int = Field(default=730, ge=0, le=3_650)
    """How long changes are kept in the audit log; 0 keeps them for ever."""
    audit_catalogue_days: int = Field(default=60, ge=0, le=3_650)
    """How long those of products and categories are kept, which shop systems make all day."""

    def patient(self) -> "CassandraSettings":
        return self.model_copy(update={"timeout_seconds": self.batch_timeout_seconds})
