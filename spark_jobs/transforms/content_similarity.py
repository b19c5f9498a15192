"""Similar content: products whose titles and attributes share words, by the cosine of TF-IDF.

With N products, df(t) of which have the term t, each once:

    weight(t)    = ln(N / df(t))
    cosine(a, b) = sum over t of both of weight(t)^2 / (|a| |b|),  |a|^2 = sum of weight(t)^2

(Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988.) Terms are the
words of the title, the category, the colour and the step of the price, the latter two also within
the category. A term of one product alone is left out: a model number is no difference of content.

Comparing every two products would take the square of the catalogue. Only those are compared that
share one of each other's `BLOCK_TERMS` rarest terms, as long as at most `LARGEST_BLOCK` products
have it: at most 400 comparisons a product, and `MOST_COMPARISONS` in all. Where many products are
wanted, terms have to be rarer.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.priors import warehouse as names

SIMILAR_PRODUCTS = 20
"""Kept of each product."""
LEAST_SIMILARITY = 0.2
MOST_TERMS = 30
"""The rarest of a product: a catalogue's titles may be whole paragraphs."""
BLOCK_TERMS = 4
LARGEST_BLOCK = 100
SMALLEST_BLOCK = 8
"""However many are wanted."""
MOST_COMPARISONS = 4_000_000
WEIGHT_UNIT = 1000
"""Weights are whole thousandths: sums of floats depend on their order."""
PRICE_STEPS = 3
"""Steps of price in each doubling."""

_TERM, _TERMS, _NORM, _COUNT = "term", "terms", "norm", "count"


def largest_block(wanted: int) -> int:
    """Return how many products may share a term by which they are compared."""
    fair = MOST_COMPARISONS // (BLOCK_TERMS * max(1, wanted))
    return max(SMALLEST_BLOCK, min(LARGEST_BLOCK, fair))


def similar_products(
    products: DataFrame, wanted: DataFrame, most_alike: int = LARGEST_BLOCK
) -> DataFrame:
    """Return key, member, strength and value (the cosine) and support (terms that both have).

    The keys are those of the products wanted, a column of ids. Terms of more than `most_alike`
    products are compared by no more.
    """
    described = _with_rare_terms(products).persist()
    block = described.select(
        names.PRODUCT_ID, F.explode(F.slice(_TERMS, 1, BLOCK_TERMS)).alias(_TERM)
    ).where(F.col("term.count") <= most_alike)
    key = block.join(wanted, names.PRODUCT_ID, "left_semi").select(
        F.col(names.PRODUCT_ID).alias(names.KEY), _TERM
    )
    member = block.select(F.col(names.PRODUCT_ID).alias(names.MEMBER_ID), _TERM)
    pairs = (
        key.join(member, _TERM)
        .where(F.col(names.KEY) != F.col(names.MEMBER_ID))
        .select(names.KEY, names.MEMBER_ID)
        .distinct()
        .join(_columns_of(described, names.KEY, "_of_key"), names.KEY)
        .join(_columns_of(described, names.MEMBER_ID, "_of_member"), names.MEMBER_ID)
    )
    shared = F.array_intersect("terms_of_key", "terms_of_member")
    lengths = F.sqrt(F.col("norm_of_key").cast("double") * F.col("norm_of_member"))
    return (
        pairs.select(
            names.KEY,
            names.MEMBER_ID,
            F.least(F.lit(1.0), _sum_of_squares(shared) / lengths).alias(names.VALUE),
            F.size(shared).cast("long").alias(names.SUPPORT),
        )
        .where(F.col(names.VALUE) >= LEAST_SIMILARITY)
        .withColumn(names.STRENGTH, F.col(names.VALUE))
    )


def _with_rare_terms(products: DataFrame) -> DataFrame:
    """Return product_id, its terms (count, term, weight), rarest first, and its squared length."""
    total = products.agg(F.count("*").alias("total"))
    described = products.select(
        names.PRODUCT_ID, F.explode(F.array_distinct(_all_terms())).alias(_TERM)
    ).withColumn(_COUNT, F.count("*").over(Window.partitionBy(_TERM)))
    weight = F.round(F.log(F.col("total") / F.col(_COUNT)) * WEIGHT_UNIT).cast("long")
    rarest_first = F.sort_array(F.collect_list(F.struct(_COUNT, _TERM, "weight")))
    return (
        described.where(F.col(_COUNT) > 1)
        .crossJoin(F.broadcast(total))
        .withColumn("weight", weight)
        .where(F.col("weight") > 0)
        .groupBy(names.PRODUCT_ID)
        .agg(F.slice(rarest_first, 1, MOST_TERMS).alias(_TERMS))
        .withColumn(_NORM, _sum_of_squares(F.col(_TERMS)))
    )


def _all_terms() -> Column:
    """Return a product's terms as numbers, which take less room than words."""
    words = F.split(F.lower(names.TITLE), r"[^\p{L}\p{N}]+")
    step = F.floor(F.log2(F.when(F.col(names.PRICE) > 0, F.col(names.PRICE))) * PRICE_STEPS)
    attributes = {
        "category": F.col(names.CATEGORY_ID),
        "colour": F.lower(names.COLOUR),
        "price": step.cast("string"),
    }
    category = attributes["category"]
    terms = [
        *(F.concat(F.lit(f"{name}\x1f"), value) for name, value in attributes.items()),
        F.concat(F.lit("colour\x1f"), category, F.lit("\x1f"), attributes["colour"]),
        F.concat(F.lit("price\x1f"), category, F.lit("\x1f"), attributes["price"]),
    ]
    known = F.array_compact(F.array(*terms))
    written = F.filter(F.coalesce(words, F.array()), lambda word: F.length(word) > 1)
    return F.transform(F.concat(written, known), lambda term: F.xxhash64(term))  # noqa: PLW0108 (its varargs mislead Spark)


def _sum_of_squares(terms: Column) -> Column:
    return F.aggregate(
        terms, F.lit(0).cast("long"), lambda total, term: total + term.weight * term.weight
    )


def _columns_of(described: DataFrame, product: str, suffix: str) -> DataFrame:
    return described.select(
        F.col(names.PRODUCT_ID).alias(product),
        F.col(_TERMS).alias(_TERMS + suffix),
        F.col(_NORM).alias(_NORM + suffix),
    )
