"""How Redis is reached."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RedisSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_REDIS_", frozen=True)

    url: str | None = None
    """A running server, such as redis://localhost:6379/0; unset starts an embedded server."""
    cluster: bool = False
    """Whether the url is that of a node of a Redis Cluster, which tells of the other nodes."""
    namespace: str = "fr"
    """First part of every key."""
    timeout_seconds: float = Field(default=0.25, gt=0)
    """How long one command may take before the store counts as unavailable."""
    memory_mib: int = Field(default=512, ge=3)
    """Memory (MiB) of the embedded server. When it is full, what was unused for longest is dropped;
    it comes back from the history."""
