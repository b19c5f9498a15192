"""The files of the documentation, spoiled byte by byte: imported twice alike, or refused."""

from pathlib import Path
from random import Random

import pytest

from personalization.domain.errors import ImportRejectedError
from tests.unit.importers.conftest import Shop

EXAMPLES = sorted((Path(__file__).parents[4] / "docs" / "examples").iterdir())
TRIES = 4


def spoil(content: bytes, random: Random) -> bytes:
    spoiled = bytearray(content)
    for _ in range(random.randint(1, 6)):
        place, way = random.randrange(len(spoiled)), random.random()
        if way < 0.4:
            spoiled[place] = random.randrange(256)
        elif way < 0.7:
            del spoiled[place : place + random.randint(1, 20)]
        else:
            spoiled[place:place] = random.randbytes(random.randint(1, 5))
    return bytes(spoiled)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_a_spoiled_file_is_imported_twice_alike_or_refused(
    shop: Shop, tmp_path: Path, example: Path
) -> None:
    random = Random(example.name)
    for _ in range(TRIES):
        file = tmp_path / f"spoiled{example.suffix}"
        file.write_bytes(spoil(example.read_bytes(), random))
        before = shop.products()
        try:
            shop.import_files(file)
        except ImportRejectedError:
            assert shop.products() == before
        else:
            again = shop.import_files(file)
            assert (again.new_products, again.changed_products) == (0, 0)
