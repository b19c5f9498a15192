"""How Kafka is reached; without servers the log is the embedded one."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_KAFKA_", frozen=True)

    servers: str | None = None
    """Brokers to begin with, as host:port,host:port; unset keeps the log in the home folder."""
    topic_prefix: str = ""
    """First part of every topic and group, so that several shops can share a cluster."""
    partitions: int = Field(default=8, ge=1)
    """Partitions of a topic when it is made: the most scorers that can work at once."""
    replication: int = Field(default=1, ge=1)
    """Copies of each partition; 3 where there are three brokers, of which 2 must then confirm."""
    retention_hours: float = Field(default=168.0, gt=0, le=876_000)
    """How long the log keeps events; longer than any outage of the history should last."""
    seals: bool = True
    """Encrypt each record by a key of its session, which an erasure destroys; false where somebody
    else reads the topics, too: then records of the erased stay readable until their retention."""
    member: str | None = None
    """Lasting name of this process in its groups: back within the session timeout, it keeps its
    partitions. Must differ between processes; unset makes a passing member."""
    session_timeout_seconds: float = Field(default=6.0, gt=0)
    """How long a silent group member keeps its partitions; brokers refuse less than their own
    minimum, which is 6 seconds unless configured."""
    acknowledge_within_seconds: float = Field(default=8.0, gt=0)
    """How long a publish may wait for the brokers before it counts as failed."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How connections are secured."""
    sasl_mechanism: str | None = None
    """Such as SCRAM-SHA-512; needs user and password."""
    username: str | None = None
    """User of the brokers."""
    password: SecretStr | None = None
    """Password of that user."""
    ca_file: str | None = None
    """Certificates that are trusted; unset takes the system's."""
