"""What a client may send, hold open and take its time for."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class HttpLimits(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_HTTP_", frozen=True)

    request_line_bytes: int = Field(default=8 * 1024, ge=64)
    """Length of a request's first line above which it is refused (414)."""
    header_bytes: int = Field(default=16 * 1024, ge=256)
    """Size of all headers of a request above which it is refused (431)."""
    header_fields: int = Field(default=100, ge=1)
    """Number of headers above which a request is refused (431)."""
    header_seconds: float = Field(default=10.0, gt=0)
    """How long a client may take to send the headers of a request (408)."""
    body_seconds: float = Field(default=30.0, gt=0)
    """How long a client may take to send the body of a request (408)."""
    large_body_seconds: float = Field(default=900.0, gt=0)
    """How long a client may take to send a large body of products (408); of each 16 KiB of it
    as long as of any other body."""
    idle_seconds: float = Field(default=15.0, gt=0)
    """How long a connection may stay open between two requests."""
    stalled_seconds: float = Field(default=30.0, gt=0)
    """How long a client may take to read all of an answer or a stream, or 16 KiB more of it,
    before it is cut off."""
    unread_mib: float = Field(default=64.0, gt=0)
    """Memory for answers that clients have not read; those left for longest are cut off above."""
    connections: int = Field(default=4_096, ge=1)
    """Open connections at most (503); fewer where the process may open fewer files."""
    connections_per_address: int = Field(default=1_024, ge=1)
    """Open connections of one address at most (429); IPv6 addresses count by their first 64 bits.
    Those of trusted proxies count only among all."""
    streams: int = Field(default=3_072, ge=1)
    """Open event streams at most (503)."""
    streams_per_address: int = Field(default=512, ge=1)
    """Open event streams of one address at most (429)."""
    streams_per_session: int = Field(default=12, ge=1)
    """Open event streams of one session at most (429)."""
    large_bodies: int = Field(default=2, ge=1)
    """Large bodies of products that are taken at the same time (503)."""
    body_mib: float = Field(default=32.0, gt=0)
    """Memory for bodies of requests under way (503)."""
    body_share: float = Field(default=0.25, gt=0, le=1)
    """Share of it that one address may take (429)."""
