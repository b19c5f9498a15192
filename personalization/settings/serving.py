"""How the API is served."""

import json
from enum import StrEnum
from ipaddress import ip_network
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from personalization.settings.admission import AdmissionSettings
from personalization.settings.http_limits import HttpLimits
from personalization.settings.key_limits import KeyLimitSettings
from personalization.settings.recommendations import RecommendationSettings
from personalization.settings.waiting_events import WaitingEventSettings


def _check_network(text: str) -> str:
    if text != "*":
        ip_network(text, strict=False)
    return text


Network = Annotated[str, AfterValidator(_check_network)]
"""An address, a network such as 10.0.0.0/8, or `*` for everybody."""


UserName = Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._-]{1,40}$")]


class PurchaseSource(StrEnum):
    ANY = "any"
    SECRET = "secret"  # noqa: S105 - the kind of a key


_MOST_SECRETS: Final = 8


def _secrets_in(secret: SecretStr | None) -> tuple[bytes, ...]:
    """Return the secrets of a text or a JSON list; raises `ValueError`, which repeats none."""
    if secret is None:
        return ()
    text = secret.get_secret_value()
    if not text:
        raise ValueError("it is empty, and anybody could sign by it: give a secret, or unset it")
    if not text.startswith("["):
        return (text.encode(),)
    try:
        secrets = json.loads(text)
    except ValueError:
        secrets = []
    is_list = isinstance(secrets, list) and 1 <= len(secrets) <= _MOST_SECRETS
    if not is_list or not all(isinstance(each, str) and each for each in secrets):
        raise ValueError(
            f'what begins with [ is a JSON list of 1 to {_MOST_SECRETS} secrets: ["new", "old"]'
        )
    if len(set(secrets)) < len(secrets):
        raise ValueError("a secret is given twice: leave one of them out")
    return tuple(each.encode() for each in secrets)


class ServingSettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="FITTING_ROOM_API_", frozen=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    """Interface to listen on; loopback by default."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    processes: int = Field(default=1, ge=1, le=64)
    """Processes that answer requests on the port, each on a processor of its own where there are
    enough; what is counted in a process, such as connections, is then allowed in each of them."""
    secret: SecretStr | None = None
    """Key that signs session tokens, or a JSON list of them, newest first: the first one signs, the
    others are read; unset makes one and keeps it in the home folder."""
    purchases_from: PurchaseSource = PurchaseSource.ANY
    """Whose orders are worth a purchase: `any` takes them from pages as well, `secret` only from
    the shop's server, which sends them with a secret key. Those of pages are then kept, and worth
    nothing."""
    maximum_batch: int = Field(default=1_000, ge=1)
    """Events one request may carry."""
    maximum_body_bytes: int = Field(default=2 * 1024 * 1024, ge=1024)
    """Size of a request body above which it is refused unread."""
    stream_seconds: float = Field(default=300.0, gt=0)
    """After this long a stream ends and asks the client to connect again."""
    clock_skew_seconds: float = Field(default=2.0, ge=0)
    """Difference to a sender's clock that is taken for the way of its message and not corrected."""
    maximum_age_hours: float = Field(default=48.0, gt=0)
    """How old an event may be when it arrives: the life of a session."""
    heartbeat_seconds: float = Field(default=15.0, gt=0)
    """How often a silent stream sends a comment, so that proxies keep it open."""
    cached_profiles_mib: int = Field(default=64, ge=1)
    """Memory for profiles kept as bytes in the process; one takes about 10 KiB."""
    cache_fresh_seconds: float = Field(default=30.0, gt=0)
    """A cached profile is read again after this long, should a change notice have been lost."""
    blocking_calls: int = Field(default=16, ge=1)
    """Store calls that may run at the same time, each on a thread beside the event loop."""
    allowed_origins: tuple[str, ...] = ()
    """Other sites whose pages may call the API, as a JSON list; none by default."""
    allowed_hosts: tuple[str, ...] = ()
    """Names under which the API answers, as a JSON list; unset takes every name, but on loopback
    without trusted proxies only those of this machine (against rebinding of names)."""
    trusted_proxies: tuple[Network, ...] = ()
    """Addresses or networks whose `X-Forwarded-For` and `-Proto` are believed, as a JSON list;
    `*` believes everybody, for where only the proxy can reach the port. By default nobody is."""
    page_key: str | None = Field(default=None, pattern=r"^pk_[a-z0-9]{12}_[A-Za-z0-9]{43}$")
    """Publishable key that the served page carries; unset takes the first one of the file of
    keys, or on loopback that of this machine."""
    sample_shoppers: tuple[UserName, ...] = Field(default=(), max_length=10)
    """Shoppers as whom anybody may log in on the served page, as a JSON list of up to ten names.
    Their ids are `sample:` and the name. For demonstrations only, none by default."""
    sample_shoppers_elsewhere: bool = False
    """Whether they are served to others than this machine: without it a server that listens to more
    than loopback, or stands behind a proxy, does not start with them."""
    operations_port: int | None = Field(default=None, ge=0, le=65535)
    """Port of metrics, documentation and the details of readiness, which the public port then
    does not show; 0 takes a free one, unset shows them on the public port."""
    operations_host: str | None = None
    """Interface of that port; unset takes that of the public one."""
    admission: AdmissionSettings = Field(default_factory=AdmissionSettings)
    """Limits of events that wait: the settings of FITTING_ROOM_ADMISSION."""
    limits: HttpLimits = Field(default_factory=HttpLimits)
    """Limits of connections and requests: the settings of FITTING_ROOM_HTTP."""
    waiting: WaitingEventSettings = Field(default_factory=WaitingEventSettings)
    """Events of products that are not known yet: the settings of FITTING_ROOM_WAITING."""

    recommendations: RecommendationSettings = Field(default_factory=RecommendationSettings)
    """How much is kept of rows and lists: the settings of FITTING_ROOM_RECOMMENDATIONS."""

    @field_validator("secret")
    @classmethod
    def _check_secrets(cls, secret: SecretStr | None) -> SecretStr | None:
        _secrets_in(secret)
        return secret

    @property
    def signing_secrets(self) -> tuple[bytes, ...]:
        """The keys that sign tokens, newest first; none where they are kept in the home folder."""
        return _secrets_in(self.secret)

    key_limits: KeyLimitSettings = Field(default_factory=KeyLimitSettings)
    """Limits of keys: the settings of FITTING_ROOM_KEY_LIMITS."""

    @property
    def operations_address(self) -> tuple[str, int | None]:
        """Interface and port of metrics, documentation and details, if they have their own."""
        return self.operations_host or self.host, self.operations_port
