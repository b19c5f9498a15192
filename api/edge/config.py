import asyncio
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from api.edge.gate import ConnectionGate
from api.edge.prompt_answers import PromptAnswers
from personalization.settings.serving import ServingSettings

GRACE_SECONDS = 5
"""How long requests under way may take once the server is stopping."""
BACKLOG = 2_048


class EdgeConfig(uvicorn.Config):
    """Uvicorn's configuration, with what its protocol asks: the gate, and who answers promptly."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServingSettings,
        address: tuple[str, int],
        protocol: type[asyncio.Protocol],
        lifespan: Literal["on", "off"],
        prompt_answers: PromptAnswers | None = None,
    ) -> None:
        host, port = address
        super().__init__(
            app,
            host=host,
            port=port,
            http=protocol,
            ws="none",
            lifespan=lifespan,
            log_config=None,
            access_log=False,
            server_header=False,
            # The protocol reads forwarded headers itself: its limits count by the client.
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self.prompt_answers = prompt_answers
        self.gate = ConnectionGate(settings.limits, settings.trusted_proxies)
