"""The Dockerfile: read by its own linter, and held to what is copied into the images."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
HADOLINT = Path(sys.executable).parent / "hadolint"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LET_IN = [
    line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
]


def test_the_linter_finds_no_fault() -> None:
    judged = subprocess.run(
        [str(HADOLINT), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )

    assert judged.returncode == 0, judged.stdout


def test_every_image_that_is_built_upon_is_pinned_to_an_exact_version() -> None:
    stages = set(re.findall(r" AS ([a-z-]+)$", DOCKERFILE, re.MULTILINE))
    origins = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) - stages

    assert origins == {"python:3.11.13-slim-bookworm"}


def test_nobody_is_root_in_an_image() -> None:
    last_stages = DOCKERFILE.partition(" AS base\n")[2]

    assert re.findall(r"^USER (\S+)", last_stages, re.MULTILINE) == ["10001:10001"]


def test_packages_come_by_the_hashes_of_the_lock() -> None:
    commands = DOCKERFILE.replace("\\\n", " ")
    installed = re.findall(r"pip install ([^&\n]*)", commands)
    ours = [step for step in installed if step.split()[-1] == "/dist/*.whl"]

    assert len(ours) == 3
    assert all("--require-hashes" in step for step in installed if step not in ours)
    assert all("--no-deps" in step for step in installed)


def test_the_extras_that_an_image_asks_for_exist() -> None:
    asked = set(re.findall(r"locked_part ([a-z ]+) >", DOCKERFILE))
    extras = {name for line in asked for name in line.split()}

    assert {"api", "realtime", "stack", "importers", "spark"} == extras
    assert extras <= PROJECT["project"]["optional-dependencies"].keys()


@pytest.mark.parametrize(
    "name", [*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"], "README.md"]
)
def test_everything_that_the_wheel_is_made_of_is_let_in(name: str) -> None:
    assert name in {pattern.rstrip("/") for pattern in LET_IN}


def test_nothing_is_let_in_that_is_not_there() -> None:
    assert [pattern for pattern in LET_IN if not any(ROOT.glob(pattern.rstrip("/")))] == []
    assert not [
        pattern for pattern in LET_IN if pattern.startswith((".env", ".git", "tests", "var"))
    ]


def test_the_wheel_brings_the_storefront_as_it_was_built(tmp_path: Path) -> None:
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "build", "--wheel", "--no-build-isolation", "--out-dir", str(tmp_path)]
    subprocess.run([*command, str(ROOT)], capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(ZipFile(wheel).namelist())
    built = {str(path.relative_to(ROOT)) for path in (ROOT / "storefront" / "out").rglob("*.*")}
    assert {"storefront/out/site.json", "storefront/out/client/element.js"} <= built <= names
    assert not [name for name in names if "node_modules" in name or name.endswith(".tsx")]


def test_images_carry_the_version_of_the_project() -> None:
    named = re.findall(r"fitting-room/\w+:(\S+)", (ROOT / "docker-compose.yml").read_text())

    assert set(named) == {PROJECT["project"]["version"]}
