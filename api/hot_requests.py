"""Which requests are answered as soon as they are here: the hot ones, where nothing is to wait for.

They never see the application's layers, so what those promise is kept here by the same code: who
may ask, which headers answers carry, what is counted and logged.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from api.edge.addresses import TrustedProxies
from api.edge.prompt_answers import PromptAnswer
from api.http.answer_bytes import AnswerBytes
from api.http.sender_check import AnsweredHosts
from api.keys.cross_site import cors_fields
from api.profiles.prompt_profiles import PROFILE_PREFIX, PromptProfiles
from api.state import ApiState
from api.tracking.early_refusal import TRACK_ROUTE, PromptRefusals
from personalization.domain.access.api_key import ApiKey, Scope

_TRACK: Final = TRACK_ROUTE.encode()


class HotRequests:
    """Implements `PromptAnswers`."""

    def __init__(self, state: ApiState) -> None:
        settings = state.services.settings
        self._key_check = state.key_check
        self._limits = state.key_limits
        self._proxies = TrustedProxies(settings.trusted_proxies)
        self._profiles = PromptProfiles(state.reader, state.auth, AnsweredHosts(settings))
        self._refusals = PromptRefusals(state.refusals, settings.maximum_body_bytes)
        self._has_guests = bool(settings.allowed_origins)

    def begin(
        self, method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]], peer: str
    ) -> PromptAnswer | AnswerBytes | None:
        fields = dict(headers)
        # What a header says twice is for the application to read.
        if len(fields) != len(headers) or (self._has_guests and b"origin" in fields):
            return None
        path, _, query = url.partition(b"?")
        need = _need_of(method, path)
        caller = self._key_check.recall(need, fields, query) if need is not None else None
        # Whom the key does not let in is answered by the application.
        if caller is None:
            return None
        if caller.key is None:
            return self._answer(path, fields)
        return self._keyed_answer(path, fields, caller.key, peer)

    def _answer(
        self, path: bytes, fields: Mapping[bytes, bytes], key: ApiKey | None = None
    ) -> PromptAnswer | AnswerBytes | None:
        if path == _TRACK:
            return self._refusals.begin(fields)
        return self._profiles.begin(path, fields, key.key_id if key is not None else None)

    def _keyed_answer(
        self, path: bytes, fields: Mapping[bytes, bytes], key: ApiKey, peer: str
    ) -> PromptAnswer | AnswerBytes | None:
        """Answer within the limits of the key, and say what is left of them."""
        client = peer
        if peer in self._proxies:
            client, _ = self._proxies.client_of(peer, fields.items())
        counter = self._limits.counter(key)
        if self._limits.refusal(counter, client) is not None:
            return None
        answer = self._answer(path, fields, key)
        if answer is None:
            return None
        # Within the limits still: nothing was waited for.
        self._limits.count(counter, client)
        lines = counter.header_lines(self._limits.now())
        if b"origin" in fields:
            # The key is bound to the page, which may read the answer.
            lines += _lines_for(fields[b"origin"].lower())
        return answer.with_lines(lines)


def _need_of(method: bytes, path: bytes) -> Scope | None:
    if method == b"GET" and path.startswith(PROFILE_PREFIX):
        return Scope.PROFILES
    return Scope.TRACK if method == b"POST" and path == _TRACK else None


@lru_cache(maxsize=1_024)
def _lines_for(origin: bytes) -> bytes:
    return b"".join(b"%b: %b\r\n" % field for field in cors_fields(origin))
