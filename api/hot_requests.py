"""Which requests are answered as soon as they are here: the hot ones, where nothing is to wait for.

They never see the application's layers, so what those promise is kept here by the same code: who
may ask, which headers answers carry, what is counted and logged.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from api.edge.prompt_answers import PromptAnswer
from api.http.answer_bytes import AnswerBytes
from api.http.sender_check import AnsweredHosts
from api.keys.callers import Caller
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
            may = self._may(Scope.PROFILES, fields, query)
            return self._profiles.begin(path, fields) if may else None
        is_track = method == b"POST" and path == _TRACK and self._may(Scope.TRACK, fields, query)
        return self._refusals.begin(fields) if is_track else None

    def _may(self, need: Scope, fields: Mapping[bytes, bytes], query: bytes) -> bool:
        """Return whether the key allows it; whom it does not is answered by the application."""
        return isinstance(self._key_check.judge(need, plain_key(fields, query)), Caller)
