"""Every shape that the OpenAPI document describes."""

from typing import Final

from api.schemas.admin import ADMIN_SHAPES
from api.schemas.admin_keys import ADMIN_KEY_SHAPES
from api.schemas.catalogue import (
    CategoryList,
    FoundProducts,
    ProductCard,
    ProductCards,
    ProductList,
)
from api.schemas.catalogue_pages import StoredCategories, StoredCategory, StoredProducts
from api.schemas.catalogue_writes import WriteAnswer
from api.schemas.erasure import PEOPLE_SHAPES
from api.schemas.health import Alive, Health
from api.schemas.identity import (
    FreshSession,
    LoginAnswer,
    LoginFields,
    SampleShoppers,
    UserTokenAnswer,
    UserTokenWish,
)
from api.schemas.placements import PageRows
from api.schemas.problem import Problem
from api.schemas.profile import ServedProfile
from api.schemas.recommendations import RECOMMENDATION_SHAPES
from api.schemas.sessions import DecisionList
from api.schemas.track import TrackAnswer, TrackBatch
from personalization.catalogue.editing.category_editor import CatalogueCategory, CategoryChanges
from personalization.catalogue.editing.verdicts import LineVerdict
from personalization.catalogue.editing.wire_product import (
    CatalogueProduct,
    ProductChanges,
    ProductStock,
    StoredProduct,
)
from personalization.explanations.explain import Explanation
from personalization.tracking.wire_event import WireEvent

SHAPES: Final = (
    CatalogueCategory, CatalogueProduct, CategoryChanges, LineVerdict, ProductChanges,
    ProductStock, StoredCategories, StoredCategory, StoredProduct, StoredProducts, WriteAnswer,
    Alive, CategoryList, DecisionList, Explanation, Health, Problem, ProductCard,
    FoundProducts, ProductCards, ProductList, ServedProfile, TrackAnswer, TrackBatch, WireEvent,
    PageRows, SampleShoppers,
    UserTokenWish, UserTokenAnswer, LoginFields, LoginAnswer, FreshSession, *PEOPLE_SHAPES,
    *ADMIN_SHAPES, *ADMIN_KEY_SHAPES, *RECOMMENDATION_SHAPES,
)  # fmt: skip
