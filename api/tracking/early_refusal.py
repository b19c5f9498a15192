"""Refuses events while none can be let in, before anything is made of the request.

Under overload most requests end here, so that what each of them costs decides how much is left
for those that are let in.
"""

from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import OVERLOADED, problem_response
from api.http.access_log import COUNTED
from api.http.answer_bytes import AnswerBytes, answer_bytes
from api.tracking.admission import RETRY, EventAdmission
from api.tracking.request_body import declares_more

TRACK_ROUTE: Final = "/v1/track"
_EVENT: Final = b'"event_id"'
"""Once in every event; telling the events apart properly would cost more than refusing them."""


class EarlyRefusals:
    def __init__(self, admission: EventAdmission, maximum_batch: int) -> None:
        self._admission = admission
        self._maximum_batch = maximum_batch
        self.response = problem_response(TRACK_ROUTE, OVERLOADED, RETRY)
        self.answer = answer_bytes(self.response)

    def are_due(self) -> bool:
        return self._admission.is_closed()

    def count(self, events: int) -> None:
        """Count a refused batch, in whose body so many events were seen."""
        self._admission.count_refusal(min(max(events, 1), self._maximum_batch))


class EarlyRefusal:
    """Refuses what comes to the application."""

    def __init__(self, app: ASGIApp, refusals: EarlyRefusals) -> None:
        self._app = app
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_track = (
            scope["type"] == "http" and scope["path"] == TRACK_ROUTE and scope["method"] == "POST"
        )
        if not is_track or not self._refusals.are_due():
            await self._app(scope, receive, send)
            return
        message = await receive()
        self._refusals.count(bytes(message.get("body", b"")).count(_EVENT))
        scope[COUNTED] = True
        await self._refusals.response(scope, receive, send)


class PromptRefusals:
    """Refuses what is plain before it comes to the application."""

    def __init__(self, refusals: EarlyRefusals, maximum_body_bytes: int) -> None:
        self._refusals = refusals
        self._maximum_body_bytes = maximum_body_bytes

    def begin(self, fields: Mapping[bytes, bytes]) -> "RefusedBatch | None":
        if not self._refusals.are_due():
            return None
        declared = fields.get(b"content-length", b"").decode("latin-1")
        if not declared or declares_more(declared, self._maximum_body_bytes):
            return None
        return RefusedBatch(self._refusals)


class RefusedBatch:
    """Counts the events of a body without keeping it."""

    def __init__(self, refusals: EarlyRefusals) -> None:
        self._refusals = refusals
        self._events = 0
        self._tail = b""
        self._lines = b""

    def with_lines(self, lines: bytes) -> "RefusedBatch":
        self._lines = lines
        return self

    def take(self, body: bytes) -> None:
        seen = self._tail + body
        self._events += seen.count(_EVENT)
        # An event's mark may lie across two parts; what is left is too short to hold a whole one.
        self._tail = seen[1 - len(_EVENT) :]

    def end(self) -> AnswerBytes:
        self._refusals.count(self._events)
        answer = self._refusals.answer
        return answer.with_lines(self._lines) if self._lines else answer
