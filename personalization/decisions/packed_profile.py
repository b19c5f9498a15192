"""A profile without what its decision says already, in the places of an array."""

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from itertools import count as count_up
from itertools import repeat
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from personalization.codec.float_planes import float_bytes
from personalization.decisions.packed_texts import check_length, codes_of, with_ids, without_ids
from personalization.decisions.record_ledger import LedgerReader, LedgerWriter
from personalization.domain.action_table import category_ids_of, product_ids_of, scores_of
from personalization.domain.decision import Decision
from personalization.domain.identifiers import BundleId, CategoryId, ProductId, Region, UserId
from personalization.domain.profile import (
    BundleOffer,
    BundleSuggestion,
    Profile,
    ProfileRest,
    ScoreData,
    ScoredCategory,
    ScoredProduct,
    TrendingProduct,
    are_slots_of,
    main_reasons,
    profile_of,
    slot_policies,
)

_WORDS = attrgetter(
    "product_id", "category_id", "score", "title", "price", "currency", "image_url", "rating",
    "reason",
)  # fmt: skip
_WORD_COUNT = 9
_CATEGORY_WORDS = attrgetter("category_id", "name", "score", "reason")
_SCORED = attrgetter("category_id", "score")
_TREND = attrgetter("product_id", "growth", "reason")
_SLOT = attrgetter("position", "product_id", "propensity", "explored", "placement")
_PROFILE_SLOT = attrgetter("slot", "product_id", "propensity", "explored", "placement")
_ALIKE = (
    "session_id", "decision_id", "live_weight", "base_policy", "policy_version", "generation_id",
    "rules_version",
)  # fmt: skip
_PROFILE_FIELDS = attrgetter("created_at", *_ALIKE)
_DECISION_FIELDS = attrgetter("decided_at", *_ALIKE)
_HUNDREDTHS = 100.0
_MOST_HUNDREDTHS = 2.0**50
_BYTE = 255
_JOINED = "+"
"""Between the products of a bundle's id."""
_GROWTH = "\1"
"""Stands for a growth to one digit in its reason."""

Subject = int | str
"""The place of a product among the actions, or its id."""
FindSubject = Callable[[str, str], Subject]
"""Returns the place of the first, or the second where it has none."""
Codes = bytes | tuple[int, ...]
"""Numbers as bytes; as they are where one of them is larger, as in the order of a long list."""
Prices = tuple[float | None, ...] | None
"""None where all are whole hundredths, which are columns of the ledger."""


Bundle = tuple[BundleId | None, tuple[Subject, ...], int, str, BundleOffer | None]
"""Its id where it is not that of its products, they, the discount, the reason and the offer."""


class PackedTrending(msgspec.Struct, array_like=True, frozen=True):
    products: tuple[Subject, ...]
    growths: bytes
    reasons: tuple[str, ...]


class PackedCatalogue(msgspec.Struct, array_like=True, frozen=True):
    """What the catalogue said of the products."""

    titles: tuple[str, ...]
    prices: Prices
    currencies: tuple[str, ...]
    currency_codes: Codes
    image_urls: tuple[str, ...]
    """None where no product has an image."""
    has_image: bytes
    ratings: Prices


class PackedProfile(msgspec.Struct, array_like=True, frozen=True):
    user_id: UserId | None
    version: int
    life: timedelta
    active: bool
    region: Region | None
    recent: tuple[Subject, ...]
    bundles: tuple[Bundle, ...]
    trending: PackedTrending
    reasons: tuple[str, ...]
    """Each once; products and categories name them by number."""
    categories: bytes
    """Places among the decision's categories."""
    category_names: tuple[str, ...]
    category_reasons: Codes
    products: Codes
    """Places among the actions."""
    product_reasons: Codes
    catalogue: PackedCatalogue
    is_refused: bool = False
    """Whether the shopper did not want to be chosen for."""


def write_profile(ledger: LedgerWriter, profile: Profile, decision: Decision) -> PackedProfile:
    """Raise `ValueError` or `LookupError` for one that says other things than its decision."""
    products, categories = profile.score_data.products, profile.score_data.categories
    if not (
        _PROFILE_FIELDS(profile) == _DECISION_FIELDS(decision)
        and _shows_slate(profile, decision)
        and profile.reasons == main_reasons(products)
        and profile.expiry.tzinfo is UTC
    ):
        raise ValueError("The profile says other things than the decision.")
    ids, own_categories = product_ids_of(decision.actions), category_ids_of(decision.actions)
    actions = dict(zip(ids, range(len(ids)), strict=True))
    find: FindSubject = actions.get  # type: ignore[assignment]
    columns = list(zip(*map(_WORDS, products), strict=True)) or [()] * _WORD_COUNT
    product_ids, owners, scores, *words, product_reasons = columns
    places = list(map(actions.__getitem__, product_ids))
    said = zip(scores_of(decision.actions), own_categories, strict=True)
    if list(map(list(said).__getitem__, places)) != list(zip(scores, owners, strict=True)):
        raise ValueError("The profile says other things than the decision.")
    columns = list(zip(*map(_CATEGORY_WORDS, categories), strict=True)) or [()] * 4
    category_ids, category_names, category_scores, category_reasons = columns
    category_places = _category_places(category_ids, category_scores, decision)
    codes, different = codes_of((*product_reasons, *category_reasons))
    recent = profile.recent_products
    return PackedProfile(
        user_id=profile.user_id,
        version=profile.version,
        life=profile.expiry - decision.decided_at,
        active=profile.active,
        region=profile.region,
        recent=tuple(map(find, recent, recent)),
        bundles=_pack_bundles(profile.bundled_discount_suggestions, find),
        trending=_pack_trending(profile.trending_recommendations, find),
        reasons=different,
        categories=bytes(category_places),
        category_names=category_names,
        category_reasons=_kept_codes(codes[len(places) :]),
        products=_kept_codes(places),
        product_reasons=_kept_codes(codes[: len(places)]),
        catalogue=_write_catalogue(ledger, product_ids, words),
        is_refused=not profile.personalized,
    )


def read_profile(ledger: LedgerReader, packed: PackedProfile, decision: Decision) -> Profile:
    """Raise `ValueError` or `LookupError` for what `write_profile` did not write."""
    ids = product_ids_of(decision.actions)
    products = _read_products(ledger, packed, decision)
    columns = zip(packed.categories, packed.category_names, packed.category_reasons, strict=True)
    categories = tuple(
        [
            ScoredCategory(
                category_id=decision.categories[place].category_id,
                name=name,
                score=decision.categories[place].score,
                reason=packed.reasons[reason],
            )
            for place, name, reason in columns
        ]
    )
    rest = ProfileRest(
        user_id=packed.user_id,
        version=packed.version,
        expiry=decision.decided_at + packed.life,
        active=packed.active,
        region=packed.region,
        recent_products=_ids(packed.recent, ids),
        bundles=tuple([_bundle(bundle, ids) for bundle in packed.bundles]),
        trending=_trending(packed.trending, ids),
        personalized=not packed.is_refused,
    )
    return profile_of(decision, ScoreData(categories=categories, products=products), rest)


def _kept_codes(codes: Sequence[int]) -> Codes:
    return bytes(codes) if max(codes, default=0) <= _BYTE else tuple(codes)


def _category_places(
    category_ids: Sequence[CategoryId], scores: Sequence[float], decision: Decision
) -> list[int]:
    """Raise `ValueError` or `LookupError` for other scores than the decision's."""
    known = list(zip(*map(_SCORED, decision.categories), strict=True)) or [(), ()]
    numbers = dict(zip(known[0], count_up(), strict=False))
    places = list(map(numbers.__getitem__, category_ids))
    if tuple(map(known[1].__getitem__, places)) != scores:
        raise ValueError("The profile says other things than the decision.")
    return places


def _ids(subjects: Sequence[Subject], ids: Sequence[ProductId]) -> tuple[ProductId, ...]:
    return tuple(
        [ids[subject] if isinstance(subject, int) else ProductId(subject) for subject in subjects]
    )


def _pack_bundles(bundles: Sequence[BundleSuggestion], find: FindSubject) -> tuple[Bundle, ...]:
    packed = []
    for bundle in bundles:
        products = bundle.product_ids
        is_joined = bundle.bundle_id == f"{products[0]}{_JOINED}{products[-1]}"
        packed += [
            (
                None if is_joined else bundle.bundle_id,
                tuple(map(find, products, products)),
                bundle.discount_percent,
                bundle.reason,
                bundle.offer,
            )
        ]
    return tuple(packed)


def _bundle(packed: Bundle, ids: Sequence[ProductId]) -> BundleSuggestion:
    bundle_id, subjects, discount_percent, reason, offer = packed
    products = _ids(subjects, ids)
    if bundle_id is None:
        bundle_id = BundleId(f"{products[0]}{_JOINED}{products[-1]}")
    return BundleSuggestion(
        bundle_id=bundle_id,
        product_ids=products,
        discount_percent=discount_percent,
        reason=reason,
        offer=offer,
    )


def _pack_trending(trending: Sequence[TrendingProduct], find: FindSubject) -> PackedTrending:
    if not trending:
        return PackedTrending((), b"", ())
    products, growths, reasons = zip(*map(_TREND, trending), strict=True)
    texts = [f"{growth:.1f}" for growth in growths]
    check_length(map(len, reasons))
    if _GROWTH in "".join(reasons):
        raise ValueError("A reason cannot be told from others.")
    return PackedTrending(
        tuple(map(find, products, products)),
        float_bytes(growths),
        tuple(map(str.replace, reasons, texts, repeat(_GROWTH))),
    )


def _trending(packed: PackedTrending, ids: Sequence[ProductId]) -> tuple[TrendingProduct, ...]:
    growths = np.frombuffer(packed.growths, ">f8").tolist()
    reasons = with_ids(packed.reasons, [f"{growth:.1f}" for growth in growths], _GROWTH)
    columns = zip(_ids(packed.products, ids), growths, reasons, strict=True)
    return tuple(
        [
            TrendingProduct(
                product_id=product,
                growth=growth,
                reason=reason,
            )
            for product, growth, reason in columns
        ]
    )


def _write_catalogue(
    ledger: LedgerWriter, ids: Sequence[ProductId], words: Sequence[Sequence[Any]]
) -> PackedCatalogue:
    titles, prices, currencies, image_urls, ratings = words
    codes, different = codes_of(currencies)
    has_image = bytes([url is not None for url in image_urls])
    urls = [url or "" for url in image_urls] if 1 in has_image else []
    return PackedCatalogue(
        titles=without_ids(titles, ids),
        prices=_write_amounts(ledger, prices),
        currencies=different,
        currency_codes=_kept_codes(codes),
        image_urls=without_ids(urls, ids) if urls else (),
        has_image=has_image,
        ratings=_write_amounts(ledger, ratings),
    )


def _read_products(
    ledger: LedgerReader, packed: PackedProfile, decision: Decision
) -> tuple[ScoredProduct, ...]:
    words, count = packed.catalogue, len(packed.products)
    places, actions = packed.products, decision.actions
    ids = [product_ids_of(actions)[place] for place in places]
    owners, scores = category_ids_of(actions), scores_of(actions)
    prices = _read_amounts(ledger, words.prices, count)
    ratings = _read_amounts(ledger, words.ratings, count)
    numbers = [scores[place] for place in places], prices, ratings
    reasons = [packed.reasons[code] for code in packed.product_reasons]
    texts = (
        with_ids(words.titles, ids),
        with_ids(words.image_urls or [""] * count, ids),
        words.currency_codes,
    )
    return tuple(
        [
            ScoredProduct(
                product_id=product_id,
                category_id=owners[place],
                title=title,
                price=price,
                currency=words.currencies[currency],
                image_url=image_url if has_image else None,
                rating=rating,
                score=score,
                reason=reason,
            )
            for (product_id, place, reason), (title, image_url, currency), has_image,
            (score, price, rating) in zip(
                zip(ids, places, reasons, strict=True), zip(*texts, strict=True),
                words.has_image, zip(*numbers, strict=True), strict=True,
            )
        ]
    )  # fmt: skip


def _write_amounts(ledger: LedgerWriter, amounts: Sequence[float | None]) -> Prices:
    """Write whole hundredths into the ledger, and return others."""
    if None in amounts or not amounts:
        return tuple(amounts)
    column = np.array(amounts, np.float64)
    hundredths = np.rint(column * _HUNDREDTHS)
    is_whole = (np.abs(hundredths) < _MOST_HUNDREDTHS).all()
    if not is_whole or (hundredths / _HUNDREDTHS).tobytes() != column.tobytes():
        return tuple(amounts)
    ledger.integers += [hundredths.astype(np.int64)]
    return None


def _read_amounts(ledger: LedgerReader, kept: Prices, count: int) -> Sequence[float | None]:
    return (ledger.integers(count) / _HUNDREDTHS).tolist() if kept is None else kept


def _shows_slate(profile: Profile, decision: Decision) -> bool:
    """Return whether `profile_slots` gives the profile's slots."""
    if are_slots_of(profile.slate, decision):
        return True
    return [slot.policy for slot in profile.slate] == slot_policies(decision) and list(
        map(_PROFILE_SLOT, profile.slate)
    ) == list(map(_SLOT, decision.slate))
