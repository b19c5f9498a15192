"""Addresses of the shop's own catalogue feeds, and what may be fetched from where."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class FeedSource(BaseModel):
    """One feed of the shop, with what `fitting-room import` is told of its files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    format: str | None = None
    map: Mapping[str, str] = Field(default_factory=dict)
    """A column's name as this program knows it -> its name in the feed."""
    full: bool = False
    """What the feed had the last time and lacks now is retired."""
    currency: str | None = None
    decimal: str | None = None
    dates: str | None = None
    encoding: str | None = None
    delimiter: str | None = None


class FeedSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_FEEDS_", frozen=True)

    sources: Mapping[str, FeedSource] = Field(default_factory=dict)
    """The feeds by name, as a JSON object: `{"main": {"url": "https://...", "full": true}}`, with
    `format`, `map`, `currency`, `decimal`, `dates`, `encoding` and `delimiter` as the command has
    them."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts from which a feed may be fetched, as a JSON list; `.shop.example` stands for all hosts
    below it."""
    allow_http: bool = False
    """Whether a feed may be fetched without encryption."""
    allow_local: bool = False
    """Whether a feed may lie in the local network or on this machine."""
    most_mib: int = Field(default=2_048, ge=1, le=1_048_576)
    """The largest feed (MiB), packed and unpacked."""
    seconds: float = Field(default=900.0, gt=0, le=86_400)
    """How long a feed may take to arrive."""
    redirects: int = Field(default=3, ge=0, le=20)
    """How often a feed's address may point to another one."""
    unchanged_hours: float = Field(default=24.0, ge=0, le=8_760)
    """How long a feed that has not changed is not imported again; prices that hold for a time
    begin and end no later."""
