from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.http.safe_headers import sending_safely


class FittingRoom(FastAPI):
    """Sends every answer with safe headers.

    Also that to a failure, which is made outside of every middleware.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, sending_safely(send))
