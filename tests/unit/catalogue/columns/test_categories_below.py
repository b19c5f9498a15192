from personalization.catalogue.columns.categories_below import CategoriesBelow
from personalization.domain.identifiers import CategoryId
from tests.unit.catalogue.columns.random_shop import TREE


def test_a_category_includes_all_below_it_and_a_ring_ends() -> None:
    below = CategoriesBelow(TREE).below
    assert below(CategoryId("root")) == {"root", "tops", "shirts"}
    assert below(CategoryId("shirts")) == {"shirts"}
    assert below(CategoryId("shoes")) == below(CategoryId("ring")) == {"shoes", "ring"}
    assert below(CategoryId("nowhere")) == {"nowhere"}
