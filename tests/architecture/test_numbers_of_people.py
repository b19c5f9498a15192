"""Who reads a number of people is named here, with what becomes of it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("api", "personalization", "realtime", "cli")
NUMBERS: Final = frozenset({"support", "rating_count", "bought_last_month"})
READERS: Final = {
    "api/schemas/catalogue.py": "publishes it through SmallCounts",
    "personalization/profiles/builder.py": "puts it into a CountedReason",
    "personalization/profiles/bundles.py": "puts it into a CountedReason",
    "personalization/replay/former_savings.py": "compares it with what was kept",
    "personalization/catalogue/filters/fields.py": "filters, of pages by published numbers",
    "personalization/catalogue/word_search.py": "puts those of equally many words in order",
    "personalization/catalogue/groups.py": "a parent's of its variants",
    "personalization/catalogue/editing/wire_product.py": "read with a secret key",
    "personalization/adapters/cassandra/prior_store.py": "stores it",
    "personalization/domain/lists/list_columns.py": "stores it",
}


def readers() -> Iterator[str]:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text("utf-8")))
            if any(isinstance(node, ast.Attribute) and node.attr in NUMBERS for node in nodes):
                yield path.relative_to(ROOT).as_posix()


def test_every_reader_of_a_number_of_people_is_known() -> None:
    assert set(readers()) == READERS.keys()
