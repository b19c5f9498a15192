from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import OVERLOADED, problem_response
from api.http.access_log import COUNTED
from api.tracking.admission import RETRY, EventAdmission

PATH: Final = "/v1/track"
_EVENT: Final = b'"event_id"'
"""Once in every event; telling the events apart properly would cost more than refusing them."""


class EarlyRefusal:
    """Refuses events while none can be let in, before anything is made of the request.

    Under overload most requests end here, so that what each of them costs decides how much is left
    for those that are let in.
    """

    def __init__(self, app: ASGIApp, admission: EventAdmission, maximum_batch: int) -> None:
        self._app = app
        self._admission = admission
        self._maximum_batch = maximum_batch
        self._response = problem_response(PATH, OVERLOADED, RETRY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_track = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        if not is_track or not self._admission.is_closed():
            await self._app(scope, receive, send)
            return
        message = await receive()
        events = bytes(message.get("body", b"")).count(_EVENT)
        self._admission.count_refusal(min(max(events, 1), self._maximum_batch))
        scope[COUNTED] = True
        await self._response(scope, receive, send)
