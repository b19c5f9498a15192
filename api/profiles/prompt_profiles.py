"""`GET /v1/profiles/{session_id}` where memory has the profile and a full token is shown.

That is nearly every one. It is answered as the route answers it, without waiting for anything;
whatever is not as plain is left to the route.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from api.errors import ProblemError
from api.http.access_log import log_request, logs_requests
from api.http.answer_bytes import AnswerBytes, answer_bytes
from api.http.own_cookies import own_cookies_in
from api.http.sender_check import AnsweredHosts
from api.profiles.profile_answer import PROFILE_ROUTE, profile_response
from api.profiles.profile_cache import CachedProfile
from api.profiles.profile_reader import FIRST_VERSION, FoundProfile, ProfileReader, ProfileSource
from api.sessions.session_auth import SECRET_HEADER, SessionAuth, checked_secret
from api.sessions.session_tokens import ReadToken
from personalization.domain.errors import SessionTokenError
from personalization.domain.identifiers import SessionId
from personalization.telemetry.metrics import PROFILES_SERVED
from personalization.tracking.passing_requests import PURPOSE_HEADERS, passing_reason

PROFILE_PREFIX: Final = PROFILE_ROUTE.partition("{")[0].encode()
_PATH_BYTES: Final = len(PROFILE_PREFIX) + len(str(UUID(int=0)))
_SECRET: Final = SECRET_HEADER.encode()
_OF_THE_ROUTE: Final = frozenset(
    (b"content-length", b"transfer-encoding", *(name.encode() for name in PURPOSE_HEADERS))
)
"""Headers of requests that are not plain."""
_WHO: Final = (b"host", b"authorization", b"cookie", b"user-agent", _SECRET)
"""Headers that say who asks."""
MOST_KNOWN: Final = 4_096
LONGEST_KNOWN: Final = 1_024
"""Bytes of a path and these headers; all that are remembered take some five megabytes at most."""


class PromptProfiles:
    def __init__(self, reader: ProfileReader, auth: SessionAuth, hosts: AnsweredHosts) -> None:
        self._reader = reader
        self._auth = auth
        self._hosts = hosts
        self._whole = _HeadTemplate(if_none_match="")
        self._unchanged = _HeadTemplate(if_none_match=_HeadTemplate.ETAG)
        self._admitted: dict[tuple[bytes | None, ...], ReadToken] = {}
        self._served = PROFILES_SERVED.labels(ProfileSource.MEMORY.value)

    def begin(
        self, path: bytes, fields: Mapping[bytes, bytes], key_id: str | None = None
    ) -> AnswerBytes | None:
        began = time.perf_counter()
        if len(path) != _PATH_BYTES or not path.startswith(PROFILE_PREFIX):
            return None
        session_id = self._admit(path, fields)
        profile = self._reader.recall(session_id) if session_id is not None else None
        if profile is None:
            return None
        self._served.inc()
        unchanged = profile.etag in fields.get(b"if-none-match", b"").decode("latin-1")
        answer = (self._unchanged if unchanged else self._whole).fill(profile)
        if logs_requests():
            log_request("GET", PROFILE_ROUTE, answer.status, began, key_id)
        return answer

    def _admit(self, path: bytes, fields: Mapping[bytes, bytes]) -> SessionId | None:
        """Return whose profile is asked for by who may have it, if the request is plain.

        Who was let in needs no second look until the token ends, or the key that signed it.
        """
        if not _OF_THE_ROUTE.isdisjoint(fields):
            return None
        said = (path, *map(fields.get, _WHO))
        known = self._admitted.get(said)
        if known is None:
            known = self._look_at(path, fields)
            if known is not None and sum(map(len, filter(None, said))) <= LONGEST_KNOWN:
                if len(self._admitted) >= MOST_KNOWN:
                    self._admitted.clear()
                self._admitted[said] = known
        return known.session_id if known is not None and self._auth.still_holds(known) else None

    def _look_at(self, path: bytes, fields: Mapping[bytes, bytes]) -> ReadToken | None:
        session_id = SessionId(path[len(PROFILE_PREFIX) :].decode("latin-1"))
        return self._token_for(session_id, fields) if self._is_welcome(fields) else None

    def _is_welcome(self, fields: Mapping[bytes, bytes]) -> bool:
        is_own = self._hosts.include(_text(fields, b"host"))
        return is_own and passing_reason(_text(fields, b"user-agent"), ()) is None

    def _token_for(self, session_id: SessionId, fields: Mapping[bytes, bytes]) -> ReadToken | None:
        """Return the full token of the session, if the request shows it."""
        cookies = own_cookies_in(fields[b"cookie"]).decode("latin-1") if b"cookie" in fields else ""
        try:
            if _SECRET in fields:
                checked_secret(_text(fields, _SECRET))
            shown = self._auth.token_in(_text(fields, b"authorization"), cookies)
        except (ProblemError, SessionTokenError):
            return None
        return shown.token if shown.is_full_for(session_id) else None


class _HeadTemplate:
    """The header lines of the route's own answer, with places for what differs by profile."""

    ETAG: Final = "%b"

    def __init__(self, if_none_match: str) -> None:
        profile = CachedProfile(FIRST_VERSION, b"", self.ETAG, datetime.max.replace(tzinfo=UTC))
        found = FoundProfile(profile, ProfileSource.MEMORY)
        self._status, lines, _ = answer_bytes(profile_response(found, if_none_match))
        self._lines = lines.replace(b"content-length: 0", b"content-length: %d")
        self._has_length = self._lines != lines

    def fill(self, profile: CachedProfile) -> AnswerBytes:
        tag = profile.etag.encode("latin-1")
        if not self._has_length:
            return AnswerBytes(self._status, self._lines % tag, b"")
        lines = self._lines % (tag, len(profile.body))
        return AnswerBytes(self._status, lines, profile.body)


def _text(fields: Mapping[bytes, bytes], name: bytes) -> str:
    return fields.get(name, b"").decode("latin-1")
