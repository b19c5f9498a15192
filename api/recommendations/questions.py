"""From the body of a call to what is asked of rows and lists."""

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from api.errors import MALFORMED_JSON, WRONG_SHAPE, Kind, ProblemError
from api.schemas.problem import ProblemField
from api.schemas.recommendations import (
    MOST_ANCHORS,
    AskedCap,
    AskedRow,
    CartItem,
    RankQuestion,
    RowsQuestion,
)
from personalization.catalogue.filters.contradictions import contradiction_of
from personalization.catalogue.filters.filter import EVERYTHING, Filter
from personalization.catalogue.filters.filter_document import parse_filter, read_field
from personalization.catalogue.filters.published_filter import by_published_counts
from personalization.domain.asked import Strategy
from personalization.domain.errors import InvalidFilterError, InvalidRowError
from personalization.domain.identifiers import (
    CategoryId,
    ProductId,
    Region,
    SessionId,
    parse_session_id,
)
from personalization.domain.privacy.small_counts import SmallCounts
from personalization.domain.region import parse_region
from personalization.policies.placement import Cap, Placement
from personalization.recommendations.request import RankRequest, RowRequest
from personalization.recommendations.resolve import RowCall, rank_placement, row_request
from personalization.tracking.event_warning import EventWarning, warning

CONTRADICTORY_FILTER: Final = Kind("contradictory-filter", "The filter can hold for nothing", 422)
_ROWS: Final = msgspec.json.Decoder(RowsQuestion)
_RANK: Final = msgspec.json.Decoder(RankQuestion)
_PLACE: Final = " - at `$"
"""Before the place of a fault in the words of msgspec, as in `Expected `int` - at `$.count``."""
_STRATEGIES: Final = ", ".join(Strategy)
_Question = TypeVar("_Question")


@dataclass(frozen=True, slots=True)
class WantedRows:
    session_id: SessionId
    rows: Sequence[RowRequest]
    warnings: Sequence[EventWarning]


@dataclass(frozen=True, slots=True)
class WantedRank:
    session_id: SessionId
    request: RankRequest
    warnings: Sequence[EventWarning]


@dataclass(slots=True)
class _Reading:
    """What is noticed while a call is read."""

    placements: Sequence[Placement]
    counts: SmallCounts
    warnings: list[EventWarning] = field(default_factory=list)


def read_rows_question(body: bytes) -> RowsQuestion:
    """Raise `ProblemError` for what is no JSON, or of another shape."""
    return _decode(_ROWS, body)


def read_rank_question(body: bytes) -> RankQuestion:
    """Raise as `read_rows_question`."""
    return _decode(_RANK, body)


def wanted_rows(
    question: RowsQuestion, placements: Sequence[Placement], counts: SmallCounts
) -> WantedRows:
    """Raise `ProblemError`, `InvalidRowError` or `InvalidFilterError` for what has no answer."""
    reading = _Reading(placements, counts)
    rows = [_row(row, f"rows[{place}]", reading) for place, row in enumerate(question.rows)]
    return WantedRows(_session_id(question.session_id), rows, reading.warnings)


def wanted_rank(
    question: RankQuestion, placements: Sequence[Placement], counts: SmallCounts
) -> WantedRank:
    """Raise as `wanted_rows`."""
    if bool(question.product_ids) == bool(question.items):
        said = "both" if question.items else "neither"
        raise _fault("product_ids", f"Send product_ids, or items with scores; this has {said}")
    warnings: list[EventWarning] = []
    named = question.product_ids or [item.product_id for item in question.items]
    product_ids = tuple(dict.fromkeys(named))
    if len(product_ids) < len(named):
        why = f"{len(named) - len(product_ids)} products are named twice: the first time counts."
        warnings.append(warning("repeated", why))
    scores: dict[ProductId, float] = {}
    for item in question.items:
        if item.score is not None:
            scores.setdefault(item.product_id, item.score)
    request = RankRequest(
        placement=rank_placement(question.placement, question.count, placements),
        product_ids=product_ids,
        scores=scores,
        score_share=question.score_share,
        words=question.words,
        market=_market(question.market, "market"),
        filter=_filter(question.filter, "filter", counts),
    )
    _check_filter(request.filter, "filter")
    return WantedRank(_session_id(question.session_id), request, warnings)


def _row(row: AskedRow, place: str, reading: _Reading) -> RowRequest:
    call = RowCall(
        placement=row.placement,
        strategy=row.strategy,
        fallbacks=None if row.fallbacks is None else tuple(row.fallbacks),
        count=row.count,
        title=_title(row.title, f"{place}.title"),
        anchors=_anchors(row, place, reading),
        category_id=None if row.category_id is None else CategoryId(row.category_id),
        words=row.words,
        market=_market(row.market, f"{place}.market"),
        filter=_filter(row.filter, f"{place}.filter", reading.counts),
        excluded=frozenset(row.exclude),
        caps=_caps(row.caps, f"{place}.caps"),
        cursor=row.cursor,
    )
    try:
        request = row_request(call, reading.placements)
    except InvalidRowError as error:
        raise InvalidRowError(f"{place}: {error}") from error
    _check_filter(request.filter, f"{place}.filter")
    return request


def _anchors(row: AskedRow, place: str, reading: _Reading) -> tuple[ProductId, ...]:
    """Return the products that a row is about: those named, then those of the cart."""
    named = [*([] if row.product_id is None else [row.product_id]), *row.product_ids]
    lines = [line.product_id if isinstance(line, CartItem) else line for line in row.cart]
    products = list(dict.fromkeys(named))[:MOST_ANCHORS]
    # The newest lines stand last, in nearly every shop.
    cart = [line for line in dict.fromkeys(reversed(lines)) if line not in products]
    room = MOST_ANCHORS - len(products)
    if len(cart) > room:
        why = f"{place}.cart has {len(cart)} different products: the last {room} of them count."
        reading.warnings.append(warning("long_cart", why))
    return (*products, *reversed(cart[:room]))


def _title(title: str | None, place: str) -> str | None:
    if title is not None and not (title.isprintable() and title == title.strip()):
        raise _fault(place, "It holds invisible characters, or spaces at its ends")
    return title


def _caps(caps: Sequence[AskedCap] | None, place: str) -> tuple[Cap, ...] | None:
    if caps is None:
        return None
    read = list[Cap]()
    for number, cap in enumerate(caps):
        where = f"{place}[{number}].field"
        try:
            read.append(Cap(field=read_field(cap.field, where), most=cap.most))
        except InvalidFilterError as error:
            raise ProblemError(
                WRONG_SHAPE, str(error), (ProblemField(where, str(error)),)
            ) from error
    return tuple(read)


def _filter(value: dict[str, Any] | None, place: str, counts: SmallCounts) -> Filter:
    return EVERYTHING if value is None else by_published_counts(parse_filter(value, place), counts)


def _check_filter(wanted: Filter, place: str) -> None:
    why = None if wanted is EVERYTHING else contradiction_of(wanted)
    if why is not None:
        raise ProblemError(CONTRADICTORY_FILTER, f"{place}: {why}", (ProblemField(place, why),))


def _market(text: str | None, place: str) -> Region | None:
    if text is None:
        return None
    market = parse_region(text)
    if market is None:
        raise _fault(place, f"{text!r} is no country code of ISO 3166, such as `de`")
    return market


def _session_id(text: str) -> SessionId:
    session_id = parse_session_id(text)
    if session_id is None:
        raise _fault("session_id", "A session id is a UUID made by the client")
    return session_id


def _decode(decoder: "msgspec.json.Decoder[_Question]", body: bytes) -> _Question:
    try:
        return decoder.decode(body.removeprefix(BOM_UTF8))
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error)) from error
    except RecursionError as error:
        raise ProblemError(MALFORMED_JSON, "The JSON is nested too deeply.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProblemError(MALFORMED_JSON, f"{error}.") from error


def _wrong_shape(said: str) -> ProblemError:
    fault, _, rest = said.partition(_PLACE)
    place = rest.rstrip("`").removeprefix(".")
    if "strategy" in place or "fallbacks" in place:
        fault = f"{fault}; there are {_STRATEGIES}"
    return _fault(place, fault)


def _fault(place: str, fault: str) -> ProblemError:
    detail = f"{place}: {fault}." if place else f"{fault}."
    return ProblemError(WRONG_SHAPE, detail, (ProblemField(place, fault),))
