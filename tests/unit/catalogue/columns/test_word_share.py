from personalization.catalogue.columns.word_share import word_shares
from tests.builders.product import a_product


def test_the_share_counts_words_of_title_brand_and_category() -> None:
    products = [a_product(title="Blue LINEN shirt", brand="Acme"), a_product(title="Chair")]
    names = ["Tops", "Fürniture"]
    assert word_shares(products, names, "acme linen Tops shorts") == [0.75, 0.0]
    assert word_shares(products, names, "fur furniture") == [0.0, 0.5]
    assert word_shares(products, names, " - ") == [0.0, 0.0]
