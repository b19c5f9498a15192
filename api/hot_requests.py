"""Which requests are answered as soon as they are here: the hot ones, where nothing is to wait for.

They never see the application's layers, so what those promise is kept here by the same code: who
may ask, which headers answers carry, what is counted and logged.
"""

from collections.abc import Sequence
from typing import Final

from api.edge.prompt_answers import PromptAnswer
from api.http.answer_bytes import AnswerBytes
from api.http.sender_check import AnsweredHosts
from api.profiles.prompt_profiles import PromptProfiles
from api.state import ApiState
from api.tracking.early_refusal import TRACK_ROUTE, PromptRefusals

_TRACK: Final = TRACK_ROUTE.encode()


class HotRequests:
    """Implements `PromptAnswers`."""

    def __init__(self, state: ApiState) -> None:
        settings = state.services.settings
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
        path = url.partition(b"?")[0]
        if method == b"GET":
            return self._profiles.begin(path, fields)
        is_track = method == b"POST" and path == _TRACK
        return self._refusals.begin(fields) if is_track else None
