"""The packages for browsers by Node's own test runner, as they were built."""

import json
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests.clients.js.node_runs import build_bundles, run
from tests.clients.js.readme import PACKAGE, blocks
from tests.node_runs import run_node_tests

FOLDER: Final = Path(__file__).parent
_TYPESCRIPT: Final = str(PACKAGE.parents[1] / "node_modules" / "typescript" / "bin" / "tsc")
FILES: Final = sorted(FOLDER.glob("*.test.mjs"))


@pytest.fixture(scope="module", autouse=True)
def build() -> None:
    build_bundles()


def test_there_are_tests_of_the_packages() -> None:
    assert len(FILES) >= 5


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_the_packages_do_what_their_tests_say(file: Path) -> None:
    run_node_tests(file, PACKAGE)


def test_the_bundles_are_small() -> None:
    run("sizes.mjs")
    sizes = json.loads((PACKAGE / "dist" / "size.json").read_text("utf-8"))
    assert sizes["index.js"]["most"] == 5_000
    assert sizes["element.js"]["most"] == 9_000


def test_the_types_hold_as_strictly_as_they_can() -> None:
    run(_TYPESCRIPT, "--noEmit")


def test_the_code_of_the_readme_fits_the_types(tmp_path: Path) -> None:
    run(_TYPESCRIPT, "--emitDeclarationOnly")
    number = count()
    for language in ("ts", "tsx"):
        for code in blocks(language):
            (tmp_path / f"block{next(number)}.{language}").write_text(code, "utf-8")
    assert next(number) >= 2
    dist = PACKAGE / "dist"
    paths = {
        "@fitting-room/client": [str(dist / "index.d.ts")],
        "@fitting-room/client/react": [str(dist / "react.d.ts")],
    }
    settings = {
        "extends": str(PACKAGE / "tsconfig.json"),
        "compilerOptions": {
            "rootDir": "/",
            "noEmit": True,
            "paths": paths,
            "typeRoots": [str(PACKAGE.parents[1] / "node_modules" / "@types")],
        },
        "include": [str(tmp_path)],
    }
    # React's types are found from where the code lies.
    (tmp_path / "node_modules").symlink_to(PACKAGE.parents[1] / "node_modules")
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), "utf-8")
    run(_TYPESCRIPT, "-p", str(tmp_path))
