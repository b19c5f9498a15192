"""The rows of a page and the order of a shop's own list, each a decision of its own."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import cast

from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.catalogue.columns.popularity_order import UNORDERED, PopularityOrder
from personalization.catalogue.filters.filter import EVERYTHING, Filter
from personalization.catalogue.filters.filter_document import canonical_filter
from personalization.decisions.given import Given
from personalization.domain.asked import Asked, AskedKind, Strategy
from personalization.domain.decision import ActionSource
from personalization.domain.identifiers import ProductId
from personalization.domain.prior import GLOBAL_SCOPE, Generation, PriorTable
from personalization.domain.session import Session
from personalization.experiments.decider import Decider
from personalization.recommendations.answer import RankAnswer, RowAnswer
from personalization.recommendations.cursor import cursor_after, read_cursor
from personalization.recommendations.made_lists import MadeLists
from personalization.recommendations.page_view import MarketView, PageView
from personalization.recommendations.person import NOBODY, PersonVisits
from personalization.recommendations.request import RankRequest, RowRequest
from personalization.recommendations.row_lists import STRATEGIES
from personalization.recommendations.row_record import ranked_products, record_row
from personalization.recommendations.row_search import FoundRow, RowSearch
from personalization.recommendations.row_terms import (
    list_terms,
    room_for,
    row_share,
    shop_term,
    words_term,
)
from personalization.recommendations.shortness import why_short
from personalization.recommendations.titles import ROW_TITLES, title_of


def fresh_nonce() -> str:
    return token_hex(6)


class RowMaker:
    """Any number of threads may ask.

    All calls raise `NoActiveGenerationError` before the first nightly run, `InvalidPolicyError` for
    a policy whose model is not learned, and `page` `InvalidCursorError`.
    """

    def __init__(
        self,
        decider: Decider,
        columns: FilterColumns,
        life: timedelta,
        nonces: Callable[[], str] = fresh_nonce,
    ) -> None:
        self._decider = decider
        self._columns = columns
        self._life = life
        self._nonces = nonces
        self._lists = MadeLists()
        self._order: tuple[Generation | None, PopularityOrder] = (None, UNORDERED)

    def page(
        self,
        session: Session,
        rows: Sequence[RowRequest],
        now: datetime,
        person: PersonVisits = NOBODY,
    ) -> list[RowAnswer]:
        """Return the rows in their order; no product is in two of them."""
        page = self._page(session, now, person)
        return [self._row(page, request) for request in rows]

    def rank(
        self,
        session: Session,
        request: RankRequest,
        now: datetime,
        person: PersonVisits = NOBODY,
    ) -> RankAnswer:
        page = self._page(session, now, person)
        view = page.of_market(request.market)
        asked_for = list(dict.fromkeys(request.product_ids))
        # The cache would ask the catalogue for what there is not.
        known = view.pinned.catalogue.products(page.columns.known_among(asked_for))
        shown = view.pinned.visible.visible_among(list(known))
        kept = cast("list[ProductId]", list(shown))
        if request.filter != EVERYTHING:
            kept = page.columns.keep(kept, request.filter)
        unknown, left_out = _without(asked_for, known), _without(list(known), kept)
        if not kept:
            short = _why_nothing(request, unknown, left_out)
            return RankAnswer(
                items=(), unknown=unknown, left_out=left_out, short=short, record=None
            )
        scores = {product: request.scores[product] for product in kept if product in request.scores}
        by_shop = shop_term(scores, request.score_share)
        terms = room_for([by_shop] if by_shop else [], words_term(request.words, kept, view.pinned))
        asked = Asked(
            nonce=self._nonces(),
            kind=AskedKind.RANK,
            market=view.market,
            words=request.words,
            filter=_filter_text(request.filter),
            term_shares=tuple([(term.name, term.share) for term in terms]),
        )
        given = Given(
            asked=asked,
            sources=dict.fromkeys(kept, (ActionSource.SHOP,)),
            placement=replace(request.placement, size=min(request.placement.size, len(kept))),
            terms=terms,
            visit=view.reader,
        )
        decision = self._decider.decide_on(session, given, now, view.pinned)
        recorded = record_row(decision, session, view.pinned, self._life, {})
        return RankAnswer(
            items=ranked_products(decision),
            unknown=unknown,
            left_out=left_out,
            short=None,
            record=recorded.record,
        )

    def _page(self, session: Session, now: datetime, person: PersonVisits) -> PageView:
        columns = self._columns.pin()
        page = PageView(self._decider, session, now, person, columns, self._lists, UNORDERED)
        priors = page.of_market(None).pinned.priors
        generation, (of, order) = priors.generation(), self._order
        if of is not generation:
            order = PopularityOrder(
                list(map(ProductId, priors.member_ids((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE))))
            )
            self._order = generation, order
        page.order = order
        return page

    def _row(self, page: PageView, request: RowRequest) -> RowAnswer:
        view, marks = page.of_market(request.market), read_cursor(request.cursor)
        search = RowSearch(page, view, request, marks)
        found = search.find()
        actions = search.actions()
        if not actions:
            return _empty_row(page, view, request, found)
        # Also of what is no action: one lookup less for each.
        chosen = {**dict.fromkeys(actions, request.strategy), **found.finders}
        given = self._give(view, request, _ChosenActions(found, actions, chosen))
        decision = self._decider.decide_on(page.session, given, page.now, view.pinned)
        recorded = record_row(decision, page.session, view.pinned, self._life, chosen)
        shown = [item.product_id for item in recorded.items]
        page.shown.update(shown)
        is_short = len(shown) < request.placement.size
        has_more = len(found.sources) > len(shown) and not is_short
        asked, category = given.asked, _category_name(view, found)
        reasons = [item.reason for item in recorded.items]
        title = title_of(decision, category, reasons, by_visit=not request.anchors)
        return RowAnswer(
            placement=request.placement.name,
            title=request.placement.title or title,
            strategy=asked.strategy,
            fell_back_from=asked.fell_back_from,
            items=recorded.items,
            short=why_short(found, request, page.person) if is_short else None,
            cursor=cursor_after(marks, shown) if has_more else None,
            record=recorded.record,
        )

    def _give(self, view: MarketView, request: RowRequest, chosen: "_ChosenActions") -> Given:
        found, products = chosen.found, list(chosen.actions)
        strategy = found.main_strategy(request.placement.size, request.strategy)
        share = row_share(found.asked)
        unlisted = chosen.found.unlisted
        terms = list_terms(products, chosen.finders, unlisted, share) if share else []
        terms = room_for(terms, words_term(request.words, products, view.pinned))
        titles = view.pinned.catalogue.products(found.anchors[:1])
        asked = Asked(
            nonce=self._nonces(),
            strategy=strategy,
            fell_back_from=None if strategy is request.strategy else request.strategy,
            anchors=found.anchors,
            anchor_title=next((product.title for product in titles.values()), ""),
            category_id=found.categories[0] if found.categories else None,
            market=view.market,
            words=request.words,
            filter=_filter_text(request.filter),
            term_shares=tuple([(term.name, term.share) for term in terms]),
        )
        return Given(
            asked=asked,
            sources=chosen.actions,
            placement=request.placement,
            terms=terms,
            evidence_halfway=STRATEGIES[strategy].evidence_halfway,
            visit=view.reader,
        )


@dataclass(frozen=True, slots=True)
class _ChosenActions:
    found: FoundRow
    actions: Mapping[ProductId, tuple[ActionSource, ...]]
    finders: Mapping[ProductId, Strategy]


def _filter_text(wanted: Filter) -> str:
    return "" if wanted == EVERYTHING else canonical_filter(wanted)


def _category_name(view: MarketView, found: FoundRow) -> str:
    if not found.categories or found.unknown_category is not None:
        return ""
    return view.pinned.catalogue.category_name(found.categories[0])


def _empty_row(page: PageView, view: MarketView, request: RowRequest, found: FoundRow) -> RowAnswer:
    category = _category_name(view, found)
    return RowAnswer(
        placement=request.placement.name,
        title=request.placement.title or ROW_TITLES[request.strategy]("", category),
        strategy=request.strategy,
        fell_back_from=None,
        items=(),
        short=why_short(found, request, page.person),
        cursor=None,
        record=None,
    )


def _without(
    product_ids: Sequence[ProductId], kept: Collection[ProductId]
) -> tuple[ProductId, ...]:
    """Return those that are not among others, which are some of them."""
    if len(kept) == len(product_ids):
        return ()
    known = frozenset(kept)
    return tuple([product for product in product_ids if product not in known])


def _why_nothing(
    request: RankRequest, unknown: Sequence[ProductId], left_out: Sequence[ProductId]
) -> str:
    if not request.product_ids:
        return "The list has no products."
    if not left_out:
        return f"The catalogue knows none of the {len(unknown):,} products."
    return f"{len(unknown):,} products are unknown, {len(left_out):,} cannot be shown here now."
