"""A body of many products: cut into lines, applied in slices, answered as each is stored."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, Protocol

import msgspec
from starlette.datastructures import Headers
from starlette.types import Receive, Send

from api.catalogue.answer_flow import AnswerFlow
from api.catalogue.body_items import BodyItem, CutsItems, JsonItems, Lines, UncutBodyError
from api.catalogue.large_body import CutBodyError, parts_of, unpacker_of
from api.edge.large_bodies import TAKES_LARGE_BODY, LargeBody
from api.errors import (
    BATCH_TOO_LARGE,
    INTERNAL,
    MALFORMED_JSON,
    UNKNOWN_MEDIA_TYPE,
    WRONG_SHAPE,
    Kind,
    ProblemError,
    kind_of,
)
from api.http.blocking_calls import BlockingCalls
from personalization.catalogue.editing.product_line import ProductLine
from personalization.catalogue.editing.product_write import LINES_PER_SLICE, ProductWrite
from personalization.catalogue.editing.verdicts import FieldFault, LineOutcome, LineVerdict
from personalization.domain.errors import PersonalizationError

MOST_LINES: Final = 100_000
BYTES_PER_SLICE: Final = 1024 * 1024
NDJSON: Final = "application/x-ndjson"
_NDJSON_TYPES: Final = frozenset(
    {NDJSON, "application/ndjson", "application/jsonl", "application/json-lines"}
)
_ENCODER: Final = msgspec.json.Encoder()

ReadLine = Callable[[int, bytes], ProductLine]
ApplyLines = Callable[[Sequence[ProductLine]], list[LineVerdict]]


class AnswerStyle(Protocol):
    """How verdicts are written down."""

    media_type: bytes

    def slice(self, verdicts: Sequence[LineVerdict]) -> bytes: ...

    def end(self, counts: Mapping[LineOutcome, int]) -> bytes: ...


class VerdictLines:
    """A line for each."""

    media_type = NDJSON.encode()

    def slice(self, verdicts: Sequence[LineVerdict]) -> bytes:
        return _ENCODER.encode_lines(verdicts)

    def end(self, counts: Mapping[LineOutcome, int]) -> bytes:
        del counts
        return b""


class VerdictDocument:
    """A `WriteAnswer`, part by part."""

    media_type = b"application/json"

    def __init__(self) -> None:
        self._before = b'{"verdicts":['

    def slice(self, verdicts: Sequence[LineVerdict]) -> bytes:
        before, self._before = self._before, b","
        return before + _ENCODER.encode(verdicts)[1:-1]

    def end(self, counts: Mapping[LineOutcome, int]) -> bytes:
        return b'],"counts":' + _ENCODER.encode(counts) + b"}"


class BulkWrite:
    """One request; `read` and `apply` say what a line is and what is done with it."""

    def __init__(
        self, write: ProductWrite, read: ReadLine, apply: ApplyLines, blocking: BlockingCalls
    ) -> None:
        self._write = write
        self._read = read
        self._apply = apply
        self._blocking = blocking
        self._body = LargeBody()
        self._counts: Counter[LineOutcome] = Counter()
        self._answered = 0
        self._last_line = 0
        self._is_last = False

    async def answer(self, headers: Headers, receive: Receive, send: Send) -> None:
        """Read, apply and answer; raises `ProblemError` while nothing is answered yet."""
        cut, style = _forms_of(headers)
        unpacker = unpacker_of(headers)
        await send({"type": TAKES_LARGE_BODY, "body": self._body})
        flow = AnswerFlow(send, style.media_type)
        flow.waits_for_end = self._body.comes_by_proxy
        try:
            await self._take_all(parts_of(receive, unpacker, self._body), cut, flow, style)
            await flow.write(style.end(self._counts))
            await flow.end()
        except CutBodyError:
            flow.drop()
        except BaseException:
            flow.drop()
            raise

    async def _take_all(
        self, parts: AsyncIterator[bytes], cut: CutsItems, flow: AnswerFlow, style: AnswerStyle
    ) -> None:
        waiting: list[BodyItem] = []
        failure: Exception | None = None
        try:
            async for part in parts:
                waiting += cut.take(part)
                while taken := _full_slice(waiting):
                    await self._apply_slice(waiting[:taken], flow, style)
                    del waiting[:taken]
            waiting += cut.finish()
            while waiting:
                taken = _full_slice(waiting) or len(waiting)
                self._is_last = taken == len(waiting)
                await self._apply_slice(waiting[:taken], flow, style)
                del waiting[:taken]
        except (ProblemError, PersonalizationError, UncutBodyError) as error:
            failure = error
        finally:
            # Also where the client is gone: what was applied is in the audit log.
            failure = await self._end_write() or failure
        if failure is not None:
            await self._tell(failure, flow, style)
        elif not self._answered:
            raise ProblemError(WRONG_SHAPE, "The body has no product: send one at least.")

    async def _apply_slice(
        self, items: Sequence[BodyItem], flow: AnswerFlow, style: AnswerStyle
    ) -> None:
        if self._body.is_cut:
            # What nobody can be told of any more is not applied.
            raise CutBodyError
        room = MOST_LINES - self._answered
        applied = items[:room]

        def work() -> list[LineVerdict]:
            return self._apply([self._read(item.number, item.body) for item in applied])

        verdicts = await self._blocking.run(work) if applied else []
        self._answered += len(verdicts)
        self._last_line = applied[-1].number if applied else self._last_line
        self._counts.update(verdict.verdict for verdict in verdicts)
        if verdicts:
            if self._is_last and not self._counts.keys() - {LineOutcome.REJECTED}:
                # Nothing later can be better any more.
                flow.status = 422
            await flow.write(style.slice(verdicts))
        if len(items) > room:
            raise ProblemError(
                BATCH_TOO_LARGE, f"A call takes {MOST_LINES:,} products: send the rest in another."
            )

    async def _end_write(self) -> PersonalizationError | None:
        try:
            await self._blocking.run(self._write.end)
        except PersonalizationError as error:
            return error
        return None

    async def _tell(self, failure: Exception, flow: AnswerFlow, style: AnswerStyle) -> None:
        """Say from which line on nothing was written, or fail the request if that is the first."""
        if isinstance(failure, UncutBodyError):
            failure = ProblemError(MALFORMED_JSON, f"The body cannot be read: {failure}.")
        if not self._answered:
            raise failure
        kind = failure.kind if isinstance(failure, ProblemError) else _kind_of(failure)
        fault = FieldFault(kind.slug, str(failure))
        verdict = LineVerdict(self._last_line + 1, LineOutcome.FAILED, errors=[fault])
        self._counts[LineOutcome.FAILED] += 1
        await flow.write(style.slice([verdict]))


def _kind_of(failure: Exception) -> Kind:
    return kind_of(failure) if isinstance(failure, PersonalizationError) else INTERNAL


def _forms_of(headers: Headers) -> tuple[CutsItems, AnswerStyle]:
    sent = headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent in _NDJSON_TYPES:
        return Lines(), VerdictLines()
    if sent == "application/json":
        return JsonItems(), VerdictDocument()
    raise ProblemError(
        UNKNOWN_MEDIA_TYPE,
        f"Send a product a line as {NDJSON}, or a JSON list of them as application/json.",
    )


def _full_slice(waiting: Sequence[BodyItem]) -> int:
    """Return how many of the items are applied at once, 0 while more may come."""
    size = 0
    for place, item in enumerate(waiting[:LINES_PER_SLICE], start=1):
        size += len(item.body)
        if size >= BYTES_PER_SLICE or place == LINES_PER_SLICE:
            return place
    return 0
