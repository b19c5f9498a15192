"""Requests that are answered as soon as they are here, without a task and an application."""

from collections.abc import Sequence
from typing import Protocol

from api.http.answer_bytes import AnswerBytes


class PromptAnswer(Protocol):
    def take(self, body: bytes) -> None:
        """Look at the next part of the request's body."""

    def end(self) -> AnswerBytes:
        """Return the answer, now that the request is over."""


class PromptAnswers(Protocol):
    def begin(
        self, method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]]
    ) -> PromptAnswer | AnswerBytes | None:
        """Return the answer, or who makes it at the end of the body.

        None leaves the request to the application. Only one without a body gets an answer at once.
        """
