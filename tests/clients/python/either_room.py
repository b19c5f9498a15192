"""Both clients under one face, so that each test is one of both."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from fitting_room_client import AsyncFittingRoom, FittingRoom


class AwaitedRoom:
    """The asynchronous client, each call of which is waited for."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self.room = AsyncFittingRoom(*arguments, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.room, name)
        return lambda *arguments, **options: self._runner.run(method(*arguments, **options))

    def close(self) -> None:
        self._runner.run(self.room.close())
        self._runner.close()


OpenRoom = Callable[..., FittingRoom]
"""Opens a client as its class does; the test closes it."""
KINDS: dict[str, OpenRoom] = {"sync": FittingRoom, "async": cast(OpenRoom, AwaitedRoom)}
