"""The code keeps to its budgets, and the documents to the code."""

import ast
import re
import subprocess
from pathlib import Path
from statistics import median

import pytest
from pydantic_settings import BaseSettings

from personalization.settings.admission import AdmissionSettings
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.http_limits import HttpLimits
from personalization.settings.kafka import KafkaSettings
from personalization.settings.learning import LearningSettings
from personalization.settings.nightly import NightlySettings
from personalization.settings.privacy import PrivacySettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.realtime import RealtimeSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.retention import RetentionSettings
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.settings.tuning import TuningSettings

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400
MEDIAN_FILE = 100
LONGEST_FUNCTION = 50
FORBIDDEN_NAMES = re.compile(r"(utils?|helpers?|common|managers?|processors?|data|info)\.py")
SETTINGS = (
    AdmissionSettings, CassandraSettings, HttpLimits, KafkaSettings, LearningSettings,
    NightlySettings, PrivacySettings, RankingSettings, RealtimeSettings, RedisSettings,
    RetentionSettings, ServingSettings, StorageSettings, TuningSettings,
)  # fmt: skip


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = [statement for statement in node.body if not _is_docstring(statement)]
    if not body or body[-1].end_lineno is None:
        return 0
    return body[-1].end_lineno - body[0].lineno + 1


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_files_stay_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sources()}

    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}
    assert median(lengths.values()) <= MEDIAN_FILE


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{function.lineno}": lines_of(function)
        for path in sources()
        for function in functions(path)
        if lines_of(function) > LONGEST_FUNCTION
    }

    assert long == {}


def test_a_file_is_named_for_the_thing_in_it() -> None:
    assert [path for path in sources() if FORBIDDEN_NAMES.fullmatch(path.name)] == []


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_says_what_it_means(settings: type[BaseSettings]) -> None:
    tree = ast.parse((ROOT / Path(*settings.__module__.split("."))).with_suffix(".py").read_text())
    body = next(
        class_def.body
        for class_def in tree.body
        if isinstance(class_def, ast.ClassDef) and class_def.name == settings.__name__
    )
    fields = [
        (ann_assign.target.id, following)
        for ann_assign, following in zip(body, [*body[1:], None], strict=True)
        if isinstance(ann_assign, ast.AnnAssign) and isinstance(ann_assign.target, ast.Name)
    ]

    unexplained = [name for name, next_ in fields if next_ is None or not _is_docstring(next_)]

    assert fields
    assert unexplained == []


def test_documents_point_at_files_that_exist() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    links = {
        (page, target)
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    }

    assert {
        (page.name, target) for page, target in links if not (page.parent / target).exists()
    } == set()


def test_commands_in_the_documents_exist() -> None:
    from cli.main import build_app

    app = build_app()
    known = {command.name for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    told = {
        name
        for page in (ROOT / "README.md", *ROOT.glob("docs/*.md"))
        for name in re.findall(r"fitting-room ([a-z-]+)", page.read_text())
    }

    assert told
    assert told <= known
