"""Limits on how large the code and its folders are, and on how it names things."""

import ast

import pytest

from checks.figures import CodeFigures
from checks.python_files import PythonFile, python_files

LARGEST_FOLDER = 25
SOURCE_LINES = 124_000
"""Raised for decisions in columns, streams without tasks, prompt answers, quick learning, compact
records, measures of them, simulated shops, records in bits, whose former form is read on, keys,
a catalogue of the shop's own, erasures with their drill, the client of back ends, and
pictures and made-up visits for a catalogue that comes alone."""
PARTICIPLE_SHARE = 0.02


@pytest.fixture(scope="module")
def figures() -> CodeFigures:
    """Return what is counted over the whole repository."""
    return CodeFigures.of(python_files())


def test_the_figures_see_what_they_are_to_refuse() -> None:
    text = """
import cli.main

class Twice: ...
class Twice: ...

def _judged(values):
    return [one for one in values]
"""
    found = CodeFigures.of([PythonFile("benchmarks/speed.py", ast.parse(text), 9)])

    assert found.folders == {"benchmarks": 1}
    assert found.source_lines == 9
    assert found.ambiguous_classes == ["Twice"]
    assert found.participle_share == 1.0
    assert found.refused_variables == 1
    assert found.benchmarks_of_cli == ("benchmarks/speed.py",)


def test_no_folder_has_more_files_than_one_looks_through(figures: CodeFigures) -> None:
    large = {name: count for name, count in figures.folders.items() if count > LARGEST_FOLDER}

    assert figures.folders
    assert large == {}


def test_the_source_does_not_grow_past_its_budget(figures: CodeFigures) -> None:
    assert 0 < figures.source_lines <= SOURCE_LINES


def test_no_two_classes_have_one_name(figures: CodeFigures) -> None:
    assert figures.classes
    assert figures.ambiguous_classes == []


def test_functions_are_named_by_verbs_and_nouns(figures: CodeFigures) -> None:
    assert figures.functions
    assert figures.participle_share <= PARTICIPLE_SHARE


def test_loop_variables_are_named_for_what_they_hold(figures: CodeFigures) -> None:
    assert figures.loop_variables
    assert figures.refused_variables == 0


def test_no_benchmark_imports_the_command_line(figures: CodeFigures) -> None:
    assert figures.benchmarks_of_cli == ()
