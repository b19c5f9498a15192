import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers

from api.errors import NOT_FOUND, TOKEN_FOREIGN, WRONG_SHAPE, ProblemError
from api.http.blocking_calls import BlockingCalls
from api.sessions.revoked_sessions import RevokedSessions
from api.sessions.session_claims import SessionClaims
from api.sessions.session_cookies import cookie_tokens
from api.sessions.session_tokens import IssuedToken, ReadToken, SessionTokens
from personalization.domain.access.claim import Claim, Holder, Revocation
from personalization.domain.clock import Clock
from personalization.domain.errors import SessionTokenError
from personalization.domain.identifiers import SessionId, parse_session_id

SECRET_HEADER: Final = "x-session-secret"  # noqa: S105 - the name of the header
_SECRET: Final = re.compile(r"[A-Za-z0-9._~-]{22,128}")
_MISSING: Final = (
    "This session was begun elsewhere: send its token as `Authorization: Bearer`, or the secret "
    "that it was begun with, or begin a new session with a new UUID."
)
_FOREIGN: Final = "The token was given for another session: send this session's own token."
_ENDED: Final = "The session has ended: begin a new session with a new UUID."
_UNBEGUN: Final = (
    "Nobody has begun this session: send its first event, or let the browser log in by itself, "
    "with a user token."
)
_MALFORMED: Final = (
    "A session secret is 22 to 128 letters, digits and - . _ ~, made at random by the client."
)


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """What a request's token says, if it has one, and whether it came as a header."""

    token: ReadToken | None
    as_header: bool

    @property
    def session_id(self) -> SessionId | None:
        return self.token.session_id if self.token is not None else None

    def is_full_for(self, session_id: SessionId) -> bool:
        token = self.token
        return token is not None and token.holder is None and token.session_id == session_id


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a request speaks for, and by what right."""

    session_id: SessionId
    holders: tuple[Holder, ...] = ()
    """Whose secret or provisional token it shows: one for each signing key, the newest first; none
    by a full token, which needs no claim."""
    claim: Claim | None = None
    """The claim of that holder, None where nobody has claimed the session yet."""

    @property
    def is_provisional(self) -> bool:
        """Whether anybody may still claim the session: then nothing of it may be shown."""
        return bool(self.holders) and self.claim is None


@dataclass(frozen=True, slots=True)
class AdmittedReader:
    """A reader who was let in, with the token to hand out, if any."""

    speaker: Speaker
    issued: IssuedToken | None


@dataclass(frozen=True, slots=True)
class SessionAuth:
    """Checks tokens and secrets, and gives a session id to whoever sends its first event.

    A header is a deliberate choice, so a wrong one is refused. A cookie is sent by browsers
    whether it fits or not, so one of an earlier session counts as none.
    """

    tokens: SessionTokens
    claims: SessionClaims
    clock: Clock
    blocking: BlockingCalls
    revoked: RevokedSessions

    def read_token(self, headers: Headers) -> PresentedToken:
        """Read the header's token or else the cookie's; a bad header raises `SessionTokenError`."""
        return self.token_in(headers.get("authorization", ""), headers.get("cookie", ""))

    def token_in(self, authorization: str, cookies: str) -> PresentedToken:
        """Read the token of these headers; raises as `read_token`."""
        scheme, _, bearer = authorization.partition(" ")
        if scheme.lower() == "bearer" and bearer:
            token = self.tokens.read(bearer.strip(), self.clock.now())
            return PresentedToken(token, as_header=True)
        return PresentedToken(self._cookie_token(cookies), as_header=False)

    def still_holds(self, token: ReadToken) -> bool:
        """Say whether a token that was read earlier would still be."""
        if token.expires <= self.clock.now().timestamp() or not self.tokens.reads_key(token):
            return False
        return self.revoked.knows_all and not self.revoked.includes(token.session_id)

    def read_cookie(self, headers: Headers) -> ReadToken | None:
        """Return the visitor's own session, None where no cookie has a token that holds."""
        return self._cookie_token(headers.get("cookie", ""))

    def _cookie_token(self, cookies: str) -> ReadToken | None:
        now = self.clock.now()
        for cookie in cookie_tokens(cookies):
            with suppress(SessionTokenError):
                token = self.tokens.read(cookie, now)
                if not self.revoked.includes(token.session_id):
                    return token
        return None

    async def admit(self, headers: Headers, session_id: SessionId) -> AdmittedReader:
        """Let a reader in, to whom nothing is given but a token.

        Raises `SessionTokenError` or `ProblemError` if the session is somebody else's, and
        `StoreUnavailableError` while that is not known.
        """
        shown = self.read_token(headers)
        if shown.as_header and shown.session_id != session_id:
            raise ProblemError(TOKEN_FOREIGN, _FOREIGN)
        speaker = await self._identify(shown, session_id, secret_in(headers))
        if speaker.is_provisional and shown.token not in _tokens_of(speaker):
            return AdmittedReader(speaker, self._issue_provisional(speaker))
        return AdmittedReader(speaker, self._issue(speaker))

    async def speaker_of(
        self, headers: Headers, sessions: list[SessionId], secret: object
    ) -> Speaker:
        """Return who sends events of these sessions; raises as `admit`."""
        shown = self.read_token(headers)
        secret = checked_secret(secret) or secret_in(headers)
        shown_id = shown.session_id
        if shown_id is not None and (shown.as_header or shown_id in sessions):
            return await self._identify(shown, shown_id, secret)
        if not sessions:
            raise ProblemError(
                WRONG_SHAPE, "No event has a session UUID in `session_id`: send one."
            )
        return await self._identify(shown, sessions[0], secret)

    async def speaker_for(self, headers: Headers, session_id: SessionId) -> Speaker:
        """Return who speaks for this session; raises as `admit`."""
        speaker = await self.speaker_of(headers, [session_id], None)
        if speaker.session_id != session_id:
            raise ProblemError(TOKEN_FOREIGN, _FOREIGN)
        return speaker

    def speaker_before_claims(self, headers: Headers, session_id: SessionId) -> Speaker:
        """Return the speaker as long as it is not known whether another holds the session."""
        return Speaker(
            session_id, self._holders(self.read_token(headers), session_id, secret_in(headers))
        )

    async def claim(self, speaker: Speaker) -> IssuedToken | None:
        """Take the session for its speaker, and return the full token unless it was shown.

        Raises `SessionTokenError` if another was faster.
        """
        if not speaker.holders:
            return None
        if speaker.claim is not None:
            return self._issue(speaker)
        wanted = Claim(speaker.session_id, speaker.holders[0], self.clock.now())
        claim = await self.blocking.run(partial(self.claims.claim, wanted))
        _check_life(claim)
        if claim.holder not in speaker.holders:
            raise SessionTokenError(_MISSING)
        return self._issue(replace(speaker, claim=claim))

    async def end(self, headers: Headers, session_id: SessionId) -> Revocation | None:
        """End a session for who speaks for it; None where nobody has begun it.

        Raises as `admit`, but for one that has ended before, which may be asked for again.
        """
        shown = self.read_token(headers)
        if shown.as_header and shown.session_id != session_id:
            raise ProblemError(TOKEN_FOREIGN, _FOREIGN)
        if not shown.is_full_for(session_id):
            holders = self._holders(shown, session_id, secret_in(headers))
            claim = await self.blocking.run(partial(self.claims.find, session_id))
            if claim is None:
                return None
            if claim.holder not in holders:
                raise SessionTokenError(_MISSING)
        return await self.end_any(session_id)

    async def end_any(self, session_id: SessionId) -> Revocation:
        """End a session, whoever speaks for it."""
        now = self.clock.now()
        claim = await self.blocking.run(partial(self.claims.revoke, session_id, now))
        return Revocation(session_id, claim.revoked_at or now)

    async def begin_fresh(self) -> IssuedToken:
        """Begin a session under an id of our own, and return its full token."""
        session_id = SessionId(str(uuid4()))
        issued = await self.claim(Speaker(session_id, (self.tokens.new_holder(session_id),)))
        if issued is None:
            raise SessionTokenError(_MISSING)
        return issued

    async def check_claim(self, session_id: SessionId) -> None:
        """Raise `SessionTokenError` for a session that has ended, `ProblemError` for none."""
        if self.revoked.includes(session_id):
            raise SessionTokenError(_ENDED)
        claim = await self.blocking.run(partial(self.claims.find, session_id))
        _check_life(claim)
        if claim is None:
            raise ProblemError(NOT_FOUND, _UNBEGUN)

    async def find_claim(self, session_id: SessionId) -> Claim | None:
        """Return who has begun a session; raises `SessionTokenError` for one that has ended."""
        if self.revoked.includes(session_id):
            raise SessionTokenError(_ENDED)
        claim = await self.blocking.run(partial(self.claims.find, session_id))
        _check_life(claim)
        return claim

    async def look_again(self, speaker: Speaker) -> Speaker:
        """Return a speaker who came before the claim with the claim, if there is one by now.

        Raises `SessionTokenError` if another holds the session.
        """
        claim = await self.blocking.run(partial(self.claims.find, speaker.session_id))
        _check_life(claim)
        if claim is not None and claim.holder not in speaker.holders:
            raise SessionTokenError(_MISSING)
        return replace(speaker, claim=claim)

    def require(self, headers: Headers) -> SessionId:
        """Return whose token is shown (blocking); raises `SessionTokenError` where none holds."""
        token = self.read_token(headers).token
        if token is None:
            raise SessionTokenError(_MISSING)
        if self.revoked.includes(token.session_id):
            raise SessionTokenError(_ENDED)
        if token.holder is None and not self.revoked.knows_all:
            _check_life(self.claims.find_in_store(token.session_id))
        if token.holder is not None:
            claim = self.claims.find(token.session_id)
            _check_life(claim)
            if claim is not None and claim.holder != token.holder:
                raise SessionTokenError(_MISSING)
        return token.session_id

    def require_session(self, headers: Headers, session_id: SessionId) -> None:
        """Let only who speaks for the session pass; raises as `require` and `ProblemError`."""
        if self.require(headers) != session_id:
            raise ProblemError(TOKEN_FOREIGN, _FOREIGN)

    async def _identify(
        self, shown: PresentedToken, session_id: SessionId, secret: str | None
    ) -> Speaker:
        if self.revoked.includes(session_id):
            raise SessionTokenError(_ENDED)
        if shown.is_full_for(session_id):
            if not self.revoked.knows_all:
                _check_life(await self.blocking.run(partial(self.claims.find_in_store, session_id)))
            return Speaker(session_id)
        holders = self._holders(shown, session_id, secret)
        claim = await self.blocking.run(partial(self.claims.find, session_id))
        _check_life(claim)
        if claim is None or claim.holder in holders:
            return Speaker(session_id, holders, claim)
        if shown.session_id not in (None, session_id):
            raise ProblemError(TOKEN_FOREIGN, _FOREIGN)
        raise SessionTokenError(_MISSING)

    def _holders(
        self, shown: PresentedToken, session_id: SessionId, secret: str | None
    ) -> tuple[Holder, ...]:
        """Return for whom the session may be claimed; the secret counts before the token."""
        if secret is not None:
            return self.tokens.holders_of(session_id, secret, self.clock.now())
        token = shown.token
        if token is not None and token.session_id == session_id and token.holder is not None:
            return (token.holder,)
        return (self.tokens.new_holder(session_id),)

    def _issue(self, speaker: Speaker) -> IssuedToken | None:
        if speaker.claim is None:
            return None
        return self.tokens.issue(speaker.session_id, self.clock.now(), speaker.claim.claimed_at)

    def _issue_provisional(self, speaker: Speaker) -> IssuedToken | None:
        if not speaker.holders:
            return None
        holder = speaker.holders[0]
        return self.tokens.issue_provisional(speaker.session_id, holder, self.clock.now())


def _check_life(claim: Claim | None) -> None:
    if claim is not None and claim.revoked_at is not None:
        raise SessionTokenError(_ENDED)


def _tokens_of(speaker: Speaker) -> list[ReadToken]:
    return [ReadToken(speaker.session_id, holder) for holder in speaker.holders]


def secret_in(headers: Headers) -> str | None:
    return checked_secret(headers.get(SECRET_HEADER))


def checked_secret(secret: object) -> str | None:
    """Return the secret; raises `ProblemError` for one that is too short, long or odd."""
    if secret is None:
        return None
    if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
        raise ProblemError(WRONG_SHAPE, _MALFORMED)
    return secret


def session_id_in(path_part: str) -> SessionId:
    """Return the session id of a path; raises `ProblemError` if it is no UUID."""
    session_id = parse_session_id(path_part)
    if session_id is None:
        raise ProblemError(NOT_FOUND, "A session id is a UUID made by the client.")
    return session_id
