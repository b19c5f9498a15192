"""Gives the small shop a generation that knows one person: skirts of a brand, dear ones."""

from personalization.domain.identifiers import GenerationId, UserId
from personalization.domain.prior import PriorTable, RankedList, RankedMember
from personalization.domain.tastes import TasteTerm
from personalization.ranking.tastes import share_name
from tests.builders.generation import a_generation
from tests.builders.shops.small_shop import PRIORS, SHIRTS, SKIRTS, SmallShop

KNOWN = UserId("user-1")
KNOWING = GenerationId("knowing")
SHARES = {
    TasteTerm.PRODUCTS: 0.3,
    TasteTerm.CATEGORIES: 0.2,
    TasteTerm.BRANDS: 0.1,
    TasteTerm.SIZES: 0.1,
    TasteTerm.PRICE: 0.1,
}


def _list(**strengths: float) -> RankedList:
    return tuple(RankedMember(name, strength, strength, 2) for name, strength in strengths.items())


TASTES: RankedList = (
    *_list(**{"product:skirt-3": 0.75, "product:shirt-2": 0.25, "category:skirts": 1.0}),
    *_list(**{"brand:nike": 1.0, "size:m": 0.6, "size:l": 0.4}),
    RankedMember("price:mean", 0.0, 0.9, 4),
    RankedMember("price:spread", 0.0, 0.01, 4),
)
_TRAITS = {
    product: {"price": number / 5, "size:m": 1.0, **({"brand:nike": 1.0} if number > 3 else {})}
    for number, product in enumerate((*SHIRTS, *SKIRTS))
}


def promote_tastes(
    shop: SmallShop, shares: dict[TasteTerm, float] = SHARES, name: GenerationId = KNOWING
) -> None:
    lists = {**PRIORS, (PriorTable.USER_TASTES, KNOWN): TASTES}
    for product, traits in _TRAITS.items():
        lists[PriorTable.PRODUCT_PRIORS, product] += _list(**traits)
    shop.priors.write_many(name, lists.items())
    parameters = {share_name(term): str(share) for term, share in shares.items()}
    rows = {PriorTable.USER_TASTES.value: len(TASTES)}
    made = a_generation(generation_id=name, rows_by_table=rows, parameters=parameters)
    shop.priors.register(made)
    shop.priors.promote(name)
    shop.active_priors.refresh()
