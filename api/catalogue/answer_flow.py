"""An answer that begins while its request still comes."""

import asyncio
from typing import Final

from starlette.types import Send

MOST_KEPT: Final = 16 * 1024 * 1024
"""Bytes of an answer that wait for a client which sends all before it reads anything."""
_PART: Final = 64 * 1024


class AnswerFlow:
    """Writes what is given in order, without letting the giver wait until a lot is unread."""

    def __init__(self, send: Send, media_type: bytes) -> None:
        self._send = send
        self._media_type = media_type
        self.status = 200
        """To be set before the first part."""
        self.waits_for_end = False
        """Whether nothing is sent before `end`, or before there is too much to keep."""
        self._kept = bytearray()
        self._changed = asyncio.Condition()
        self._is_over = False
        self._writing: asyncio.Task[None] | None = None

    async def write(self, part: bytes) -> None:
        """Take more of the answer; waits while too much of it is unread."""
        if not self.waits_for_end or len(self._kept) >= MOST_KEPT:
            self._start()
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._kept) < MOST_KEPT)
            self._kept += part
            self._changed.notify_all()

    async def end(self) -> None:
        """Wait until all is written."""
        self._start()
        async with self._changed:
            self._is_over = True
            self._changed.notify_all()
        if self._writing is not None:
            await self._writing

    def drop(self) -> None:
        """Write no more: the client is gone."""
        if self._writing is not None:
            self._writing.cancel()

    def _start(self) -> None:
        if self._writing is None:
            self._writing = asyncio.create_task(self._run(), name="answer of a write")

    async def _run(self) -> None:
        headers = [
            (b"content-type", self._media_type),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        while part := await self._next_part():
            await self._send({"type": "http.response.body", "body": part, "more_body": True})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next_part(self) -> bytes:
        async with self._changed:
            await self._changed.wait_for(lambda: self._kept or self._is_over)
            part = bytes(self._kept[:_PART])
            del self._kept[:_PART]
            self._changed.notify_all()
        return part
