"""Requests that are answered as soon as they are here, without a task and an application."""

from collections.abc import Sequence
from typing import Protocol

from api.http.answer_bytes import AnswerBytes


class PromptAnswer(Protocol):
    def take(self, body: bytes) -> None:
        """Look at the next part of the request's body."""

    def with_lines(self, lines: bytes) -> "PromptAnswer":
        """Send these header lines as well."""

    def end(self) -> AnswerBytes:
        """Return the answer, now that the request is over."""


class PromptAnswers(Protocol):
    def begin(
        self, method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]], peer: str
    ) -> PromptAnswer | AnswerBytes | None:
        """Return the answer to who is connected, or who makes it at the end of the body.

        None leaves the request to the application. Only one without a body gets an answer at once.
        """
