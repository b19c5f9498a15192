"""What the two clients share of HTTP: how a call is sent, and what its answer means. No I/O."""

import ipaddress
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, Generic, TypedDict, TypeVar

import httpx
import msgspec

from fitting_room_client.calls import Call
from fitting_room_client.errors import (
    ERROR_OF_STATUS,
    AnswerTimeoutError,
    FittingRoomError,
    NoAnswerError,
    ProblemDetails,
    ServiceProblemError,
    UnreadableAnswerError,
)
from fitting_room_client.operations import KEY_HEADER
from fitting_room_client.retries import AGAIN, Attempts, CallClock, RetryPolicy, retry_after_of

T = TypeVar("T")
U = TypeVar("U")
LARGEST_ANSWER_BYTES: Final = 64 * 1024 * 1024
USER_AGENT: Final = "fitting-room-client-python/0.1.0"
_PROBLEM_TYPE: Final = "application/problem+json"
_SECRET_KEY: Final = "sk_"  # noqa: S105 - how such keys begin


class SecretKeyAuth(httpx.Auth):
    """Puts the key into the header of each request, and shows it nowhere else."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        key = key.strip()
        if not key.startswith(_SECRET_KEY) or not key.isascii() or not key.isprintable():
            raise ValueError(
                f"The key is no secret key of a server: these begin with {_SECRET_KEY}."
            )
        self._key = key

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[KEY_HEADER] = self._key
        yield request


class HttpOptions(TypedDict):
    """What `httpx.Client` and `httpx.AsyncClient` are made with."""

    base_url: str
    auth: httpx.Auth
    headers: dict[str, str]
    cookies: CookieJar
    follow_redirects: bool
    trust_env: bool


def http_options(base_url: str, key: str, *, allow_http: bool) -> HttpOptions:
    url = checked_address(base_url, allow_http=allow_http)
    return {
        "base_url": url,
        "auth": SecretKeyAuth(key),
        "headers": {"user-agent": USER_AGENT, "accept": "application/json"},
        # One client speaks for many visits: no cookie of one may go with the call of another.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        # Elsewhere nobody is shown the key.
        "follow_redirects": False,
        # Plain HTTP would show the key to a proxy.
        "trust_env": url.startswith("https:"),
    }


def checked_address(base_url: str, *, allow_http: bool) -> str:
    """Return the address; raises `ValueError` where the key could be read on the way."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise ValueError("`base_url` is no address.") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("`base_url` begins with https:// and names a host.")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("`base_url` has no user, no query and no fragment.")
    if url.scheme == "http" and not allow_http and not _is_loopback(url.host):
        raise ValueError(
            f"`base_url` is http://{url.host}: anybody on the way could read the key. Use https, "
            "or `allow_http=True` within a network of your own."
        )
    return str(url)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    value: T
    answer: HttpAnswer


class HttpRequest(TypedDict):
    """Arguments of `stream`."""

    method: str
    url: str
    params: dict[str, str] | None
    headers: dict[str, str]
    content: bytes | None


class Exchange(Generic[T]):
    """One call until it has its answer; the client only sends, reads and waits."""

    def __init__(self, call: Call[T], policy: RetryPolicy, clock: CallClock) -> None:
        self._call = call
        self._name = f"{call.operation.method} {call.operation.path}"
        self._attempts = Attempts(self._name, policy, clock)
        self._clock = clock

    def request(self) -> HttpRequest:
        call, headers, content = self._call, {}, None
        if call.body is not None:
            content = call.body(self._clock.now())
            headers["content-type"] = "application/json"
        if call.session_token is not None:
            headers["authorization"] = f"Bearer {call.session_token}"
        return {
            "method": call.operation.method,
            "url": call.path,
            "params": dict(call.query) or None,
            "headers": headers,
            "content": content,
        }

    def begin(self) -> httpx.Timeout:
        """Begin a try; returns for how long it may wait."""
        return httpx.Timeout(self._attempts.begin())

    def body_fault(self, size: int) -> FittingRoomError | None:
        """Return why an answer of which so many bytes have come is read no further."""
        if size > LARGEST_ANSWER_BYTES:
            return UnreadableAnswerError(f"{self._name}: the answer is too large.")
        if self._attempts.left_seconds <= 0:
            return AnswerTimeoutError(f"{self._name}: the answer takes too long.")
        return None

    def failure_of(self, error: httpx.HTTPError) -> FittingRoomError:
        """Return ours: httpx's has the request, and so the key."""
        text = f"{self._name}: {type(error).__name__}: {error}"
        if isinstance(error, httpx.TimeoutException):
            return AnswerTimeoutError(text)
        if isinstance(error, httpx.TransportError):
            return NoAnswerError(text)
        return UnreadableAnswerError(text)

    def judge(self, outcome: HttpAnswer | FittingRoomError) -> Finished[T] | float:
        """Return the result, or for how many seconds to wait; raises where it is over."""
        if isinstance(outcome, FittingRoomError):
            return self._attempts.pause_after(outcome, may_pass=isinstance(outcome, NoAnswerError))
        operation = self._call.operation
        if outcome.status in operation.statuses and outcome.media_type == "application/json":
            return Finished(self._decode(outcome, operation.answer), outcome)
        failure = self._problem_in(outcome)
        return self._attempts.pause_after(failure, may_pass=outcome.status in AGAIN)

    def _problem_in(self, answer: HttpAnswer) -> FittingRoomError:
        retry_after = retry_after_of(answer.headers, self._clock.now())
        if answer.media_type == _PROBLEM_TYPE:
            problem = self._decode(answer, ProblemDetails)
        elif answer.status >= httpx.codes.BAD_REQUEST:
            # Of a proxy before the service.
            problem = ProblemDetails(
                "about:blank", "No answer of the service", answer.status, self._name
            )
        else:
            return UnreadableAnswerError(
                f"{self._name}: {answer.status} of type {answer.media_type!r} is no answer of the "
                "service: check `base_url`."
            )
        kind = ERROR_OF_STATUS.get(answer.status, ServiceProblemError)
        return kind(problem, retry_after)

    def _decode(self, answer: HttpAnswer, kind: type[U]) -> U:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = str(error)
        raise UnreadableAnswerError(
            f"{self._name}: the answer ({answer.status}) cannot be read: {reason}"
        )
