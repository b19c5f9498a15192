"""What a call may fail with. None of them holds the key."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong with the request, and where."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """RFC 9457, as the service answers."""

    type: str
    """Path of the problem's kind, such as `/problems/wrong-shape`: stable, for programs."""
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()


class FittingRoomError(Exception):
    """The root of all."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which the same may succeed, where that is known."""
        self.taken: tuple[object, ...] = ()
        """Of a list that takes several calls: verdicts, or ids of receipts, of those before."""


class NoAnswerError(FittingRoomError):
    """The service cannot be reached, or the connection was cut."""


class AnswerTimeoutError(NoAnswerError):
    """The service took too long."""


class DeadlineExceededError(FittingRoomError):
    """All tries together took as long as a call may; `last` is what the last one failed with."""

    def __init__(self, message: str, last: FittingRoomError) -> None:
        super().__init__(message, last.retry_after)
        self.last = last


class UnreadableAnswerError(FittingRoomError):
    """What answered is no Fitting Room, or one that this client does not know."""


class ServiceProblemError(FittingRoomError):
    """The service refused the call, and says why."""

    def __init__(self, problem: ProblemDetails, retry_after: float | None = None) -> None:
        super().__init__(f"{problem.title} ({problem.status}): {problem.detail}", retry_after)
        self.problem = problem
        self.type = problem.type
        self.title = problem.title
        self.detail = problem.detail
        self.status = problem.status
        self.fields = problem.errors


class InvalidRequestError(ServiceProblemError):
    """400, 415 or 422: a field is wrong; `fields` says which."""


class AuthenticationError(ServiceProblemError):
    """401: the key, or a session's token, does not hold."""


class PermissionDeniedError(ServiceProblemError):
    """403: the key may not do this."""


class NotThereError(ServiceProblemError):
    """404: there is no such thing."""


class ConflictError(ServiceProblemError):
    """409 or 412: something else was first, or is in the way."""


class TooLargeError(ServiceProblemError):
    """413: too many things or bytes."""


class RateLimitedError(ServiceProblemError):
    """429: `retry_after` says when there is room again."""


class UnavailableError(ServiceProblemError):
    """502, 503, 504 or 507: the same may succeed later."""


ERROR_OF_STATUS: Final[dict[int, type[ServiceProblemError]]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotThereError,
    409: ConflictError,
    412: ConflictError,
    413: TooLargeError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitedError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
    507: UnavailableError,
}
