"""Which requests are answered as soon as they are here: the hot ones, where nothing is to wait for.

They never see the application's layers, so what those promise is kept here by the same code: who
may ask, which headers answers carry, what is counted and logged.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from api.edge.prompt_answers import PromptAnswer
from api.http.answer_bytes import AnswerBytes
from api.http.sender_check import AnsweredHosts
from api.keys.callers import Caller
from api.keys.cross_site import cors_fields
from api.keys.shown_key import plain_key
from api.profiles.prompt_profiles import PromptProfiles
from api.state import ApiState
from api.tracking.early_refusal import TRACK_ROUTE, PromptRefusals
from personalization.domain.access.api_key import Scope

_TRACK: Final = TRACK_ROUTE.encode()


class HotRequests:
    """Implements `PromptAnswers`."""

    def __init__(self, state: ApiState) -> None:
        settings = state.services.settings
        self._key_check = state.key_check
        self._profiles = PromptProfiles(state.reader, state.auth, AnsweredHosts(settings))
        self._refusals = PromptRefusals(state.refusals, settings.maximum_body_bytes)
        self._has_guests = bool(settings.allowed_origins)

    def begin(
        self, method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]]
    ) -> PromptAnswer | AnswerBytes | None:
        fields = dict(headers)
        # What a header says twice is for the application to read.
        if len(fields) != len(headers) or (self._has_guests and b"origin" in fields):
            return None
        path, _, query = url.partition(b"?")
        if method == b"GET":
            return self._profile(path, query, fields)
        if method != b"POST" or path != _TRACK or b"origin" in fields:
            return None
        return self._refusals.begin(fields) if self._caller(Scope.TRACK, fields, query) else None

    def _profile(
        self, path: bytes, query: bytes, fields: Mapping[bytes, bytes]
    ) -> AnswerBytes | None:
        caller = self._caller(Scope.PROFILES, fields, query)
        answer = self._profiles.begin(path, fields) if caller is not None else None
        if answer is None or caller is None or caller.key is None or b"origin" not in fields:
            return answer
        # The key is bound to the page, which may read the answer.
        return answer._replace(fields=answer.fields + _lines_for(fields[b"origin"].lower()))

    def _caller(self, need: Scope, fields: Mapping[bytes, bytes], query: bytes) -> Caller | None:
        """Return who calls; whom the key does not let in is answered by the application."""
        verdict = self._key_check.judge(need, plain_key(fields, query))
        return verdict if isinstance(verdict, Caller) else None


@lru_cache(maxsize=1_024)
def _lines_for(origin: bytes) -> bytes:
    return b"".join(b"%b: %b\r\n" % field for field in cors_fields(origin))
