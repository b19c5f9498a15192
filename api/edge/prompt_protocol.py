"""The guarded protocol, which answers itself what needs no waiting.

A task, a cycle of messages and the application's stack cost several times what such an answer
does. Whatever is not plain goes the usual way: the answer is the same, only later.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from api.edge.config import EdgeConfig
from api.edge.connection_phase import ConnectionPhase
from api.edge.prompt_answers import PromptAnswer
from api.edge.protocol import GuardedProtocol
from api.http.answer_bytes import AnswerBytes


class PromptProtocol(GuardedProtocol):
    __slots__ = ("prompt_answer", "prompt_answers")

    def __init__(
        self,
        config: EdgeConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.prompt_answers = config.prompt_answers
        self.prompt_answer: PromptAnswer | None = None

    def take_request(self) -> None:
        answer = self._begin_prompt() if self._may_be_prompt() else None
        if answer is None:
            super().take_request()
        elif isinstance(answer, AnswerBytes):
            self._write(answer)
        else:
            self.prompt_answer = answer

    def on_body(self, body: bytes) -> None:
        if self.prompt_answer is None:
            super().on_body(body)
        elif self.phase is ConnectionPhase.BODY:
            self.payload_bytes += len(body)
            self.prompt_answer.take(body)

    def on_message_complete(self) -> None:
        if self.prompt_answer is None:
            super().on_message_complete()
        elif self.phase is ConnectionPhase.BODY:
            answer, self.prompt_answer = self.prompt_answer, None
            self._write(answer.end())

    def _begin_prompt(self) -> PromptAnswer | AnswerBytes | None:
        answers = self.prompt_answers
        if answers is None:
            return None
        try:
            return answers.begin(self.parser.get_method(), self.url, self.headers, self.peer)
        except Exception:
            # The parser would call the request malformed: the application says what it is.
            self.logger.exception("a prompt answer could not be made")
            return None

    def _may_be_prompt(self) -> bool:
        """Return whether the request is plain, and all before it is answered and sent."""
        parser, cycle = self.parser, self.cycle
        return (
            (cycle is None or cycle.response_complete)
            and not self.transport.get_write_buffer_size()
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and not parser.should_upgrade()
            and not self.expect_100_continue
        )

    def _write(self, answer: AnswerBytes) -> None:
        parts = [STATUS_LINE[answer.status]]
        for name, value in self.server_state.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts += (answer.fields, b"\r\n", answer.body)
        self.transport.write(b"".join(parts))
        self.server_state.total_requests += 1
        self.phase = ConnectionPhase.IDLE
        # No timer for each answer: the sweep looks at this one.
        self.deadline = self.loop.time() + self.limits.idle_seconds
