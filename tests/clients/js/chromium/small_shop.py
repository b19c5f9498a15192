"""A shop of two kinds of garments whose night is written down: no Spark is needed."""

from pathlib import Path
from typing import Final

from personalization.domain.access.api_key import KeyKind
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.product import Category
from personalization.keys.editor import KeyEditor, NewKey, Operator
from personalization.wiring import CoreSettings, open_kept
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.ranked_list import a_ranked_list

KINDS: Final = ("shirt", "skirt")
EACH: Final = 10
HOSTILE_TITLE: Final = '<img src=x onerror="document.title=1">' + "ש" * 500


def stock_with_key(home: Path, origin: str) -> str:
    """Write products and priors; return a publishable key that is bound to the origin."""
    generation = a_generation()
    names = {kind: [f"{kind}-{number}" for number in range(EACH)] for kind in KINDS}
    with open_kept(CoreSettings.of_home(home)) as kept:
        kept.catalogue.write_categories(
            [Category(category_id=CategoryId(f"{kind}s"), name=f"{kind}s") for kind in KINDS]
        )
        kept.catalogue.write_products(
            [
                a_product(
                    product_id=ProductId(name),
                    category_id=CategoryId(f"{kind}s"),
                    title=HOSTILE_TITLE if name == "shirt-1" else name,
                    image_url=None,
                )
                for kind in KINDS
                for name in names[kind]
            ]
        )
        kept.priors.write_many(
            generation.generation_id,
            [
                ((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), a_ranked_list(*names["shirt"])),
                ((PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE), a_ranked_list("shirts", "skirts")),
                *(
                    ((PriorTable.CATEGORY_LEADERS, f"{kind}s"), a_ranked_list(*names[kind]))
                    for kind in KINDS
                ),
                (
                    (PriorTable.PRODUCT_AFFINITY, "skirt-0"),
                    a_ranked_list(*names["skirt"][1:]),
                ),
            ],
        )
        kept.priors.register(generation)
        kept.priors.promote(generation.generation_id)
        wanted = NewKey(kind=KeyKind.PUBLISHABLE, name="page", origins=(origin,))
        return KeyEditor(kept.plans, kept.audit).create(wanted, Operator("ann")).text
