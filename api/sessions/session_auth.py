from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from api.errors import NOT_FOUND, TOKEN_FOREIGN, ProblemError
from api.http.blocking_calls import BlockingCalls
from api.sessions.session_tokens import IssuedToken, SessionTokens
from personalization.domain.clock import Clock
from personalization.domain.errors import SessionTokenError
from personalization.domain.identifiers import SessionId, parse_session_id
from personalization.ports.session_store import SessionStore

COOKIE: Final = "fr_session"
TOKEN_HEADER: Final = "x-session-token"  # noqa: S105 - the name of the header
_MISSING: Final = (
    "This session was begun elsewhere: send its token as `Authorization: Bearer`, or begin a "
    "new session with a new UUID."
)
_FOREIGN: Final = "The token was given for another session: send this session's own token."


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """The session that a request's token speaks for, and whether it came as a header."""

    session_id: SessionId | None
    as_header: bool


@dataclass(frozen=True, slots=True)
class SessionAuth:
    """Checks tokens, and gives one to whoever uses a session id first.

    A header is a deliberate choice, so a wrong one is refused. A cookie is sent by browsers
    whether it fits or not, so one of an earlier session counts as none.
    """

    tokens: SessionTokens
    sessions: SessionStore
    clock: Clock
    blocking: BlockingCalls

    def read_token(self, headers: Headers) -> PresentedToken:
        """Read the header's token or else the cookie's; a bad header raises `SessionTokenError`."""
        now = self.clock.now()
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and bearer:
            return PresentedToken(self.tokens.session_of(bearer.strip(), now), as_header=True)
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE)
        if cookie is None:
            return PresentedToken(None, as_header=False)
        try:
            return PresentedToken(self.tokens.session_of(cookie, now), as_header=False)
        except SessionTokenError:
            return PresentedToken(None, as_header=False)

    async def admit(self, headers: Headers, session_id: SessionId) -> IssuedToken | None:
        """Return a token on first contact; raises `SessionTokenError` or `ProblemError`."""
        token = self.read_token(headers)
        if token.session_id == session_id:
            return None
        if token.session_id is not None and token.as_header:
            raise ProblemError(TOKEN_FOREIGN, _FOREIGN)
        return await self.claim(session_id, token)

    async def claim(self, session_id: SessionId, token: PresentedToken) -> IssuedToken:
        """Take the session id for this sender; raises as `admit` if somebody has it."""
        if await self.blocking.run(lambda: self.sessions.claim(session_id)):
            return self.tokens.issue(session_id, self.clock.now())
        if token.session_id is not None:
            raise ProblemError(TOKEN_FOREIGN, _FOREIGN)
        raise SessionTokenError(_MISSING)

    def require(self, headers: Headers, session_id: SessionId) -> None:
        """Let only the holder of the session's token pass; raises as `admit`."""
        token = self.read_token(headers)
        if token.session_id is None:
            raise SessionTokenError(_MISSING)
        if token.session_id != session_id:
            raise ProblemError(TOKEN_FOREIGN, _FOREIGN)


def session_id_in(path_part: str) -> SessionId:
    """Return the session id of a path; raises `ProblemError` if it is no UUID."""
    session_id = parse_session_id(path_part)
    if session_id is None:
        raise ProblemError(NOT_FOUND, "A session id is a UUID made by the client.")
    return session_id


def token_headers(issued: IssuedToken | None, *, secure: bool) -> list[tuple[str, str]]:
    """Return the headers that hand a new token to its session: a cookie and a plain one."""
    if issued is None:
        return []
    # A duration, not a date: the browser's clock may be wrong.
    attributes = f"Path=/; Max-Age={issued.life_seconds}; HttpOnly; SameSite=Lax"
    suffix = "; Secure" if secure else ""
    cookie = f"{COOKIE}={issued.text}; {attributes}{suffix}"
    return [("set-cookie", cookie), (TOKEN_HEADER, issued.text)]
