"""Patterns whose time grows faster than their text are refused, quick ones are not."""

import ast

import pytest

from checks.pattern_uses import refused_patterns, refused_script_patterns
from checks.patterns import fault_of
from checks.python_files import PythonFile


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"(a*)*",
        r"(?:\w+\s?)*$",
        r"(ab|[ac]b)*c",
        r"(a|ab)*c",
        r"(a?){30}a{30}",
        r"(x{1,100}){1,100}y",
        r"\d+\d+x",
        r"\w*[a-z]*!",
        r"\s*=\s*([0-9]+)\s+(.+)",
        r"a+(?:x|)a+b",
        r"(?i)a+A+b",
        r"Android(?!.*Mobile)",
        r"(?=.*\d).{8,}",
        r"(?<!\w)a(?=b+)",
        r"(\w)\1",
        r"(?P<quote>['\"]).*?(?P=quote)",
        r"(a)?(?(1)b|c)",
        r".{0,5000}.{0,5000}x",
    ],
)
def test_a_pattern_that_can_go_back_over_its_text_is_refused(pattern: str) -> None:
    assert fault_of(pattern, searched=False) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s+$",
        r"[a-z]+@",
        r"x.*y",
        r"a?\d+x",
        r"(?i)b[A-Z]*\d",
        r"\w+\b",
    ],
)
def test_a_search_that_starts_again_within_a_run_is_refused_and_a_match_of_it_is_not(
    pattern: str,
) -> None:
    assert fault_of(pattern, searched=True) is not None
    assert fault_of(pattern, searched=False) is None


@pytest.mark.parametrize(
    "pattern", [r"(\d+):(\d+)", r"([a-z][a-z0-9_-]*)\s*=\s*([0-9]+)\s(.+)", r"(\d+)([smhd])"]
)
def test_repeats_that_are_kept_apart_are_taken_where_the_pattern_is_only_matched(
    pattern: str,
) -> None:
    assert fault_of(pattern, searched=False) is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        r"[A-Za-z0-9._:-]{1,64}",
        r"\b[a-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2})\b",
        r"\(byte (\d+)\)",
        r"[A-Z][A-Z'-]*",
        r"^(?:\d+ )?(?:SET|PACK)S?(?: ?/ ?\d+| OF)?\b",
        r"(?:GET|POST) /",
        r"^\s+x",
        r"(?!CON)[A-Z]{3}",
        r"(ab|cd)*",
    ],
)
def test_a_pattern_that_is_done_in_one_pass_is_taken(pattern: str) -> None:
    assert fault_of(pattern, searched=True) is None


def _faults(source: str) -> list[tuple[int, str]]:
    file = PythonFile("api/some.py", ast.parse(source), source.count("\n") + 1)
    return [(finding.line, finding.pattern) for finding in refused_patterns([file])]


def test_every_way_to_write_a_pattern_is_seen() -> None:
    source = (
        'import re\nA = re.compile(r"(a+)+")\nB: int = re.compile(rb"(b+)+")\n'
        're.sub(r"c+$", "", text)\nField(pattern=r"(d+)+")\nre.search(rf"{name}", text)\n'
        "from re import fullmatch\n"
    )

    assert sorted(_faults(source)) == [
        (2, "(a+)+"), (3, "(b+)+"), (4, "c+$"), (5, "(d+)+"), (6, "?"), (7, "?"),
    ]  # fmt: skip


def test_a_compiled_pattern_counts_as_searched_with_unless_it_only_ever_matches() -> None:
    assert _faults('import re\nA = re.compile(r"a+b")\nA.fullmatch(text)\nA.match(text)\n') == []
    assert _faults('import re\nA = re.compile(r"a+b")\nA.search(text)\n') == [(2, "a+b")]
    assert _faults('import re\nA = re.compile(r"a+b")\nhand_on(A)\n') == [(2, "a+b")]
    assert _faults('import re\nfind = lambda t: re.compile(r"a+b")\n') == [(2, "a+b")]


def test_the_page_s_scripts_are_judged_alike() -> None:
    script = (
        "const a = 1 / 2 / 3; // a /(x+)+/ comment\n"
        "text.replace(/^(.{8})(.{4})$/, '/(y+)+/');\n"
        "if (/(z+)+[/]/.test(text)) new RegExp(text);\n"
    )

    found = [(finding.line, finding.pattern) for finding in refused_script_patterns("a.js", script)]

    assert found == [(3, "?"), (3, "(z+)+[/]")]
