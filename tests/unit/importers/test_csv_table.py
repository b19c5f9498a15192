"""CSV files with everything that goes wrong in them."""

import gzip
from pathlib import Path

import pytest

from importers.tables.csv_table import MAX_LINE_BYTES, MAX_LINES_PER_ROW, CsvTable
from importers.tables.table import BrokenRow, TableRow
from personalization.domain.errors import ImportRejectedError


def rows_of(path: Path, content: bytes) -> list[TableRow | BrokenRow]:
    path.write_bytes(content)
    return list(CsvTable(path).rows())


def broken_of(rows: list[TableRow | BrokenRow]) -> list[tuple[int, str]]:
    return [(row.number, row.reason) for row in rows if isinstance(row, BrokenRow)]


def good_of(rows: list[TableRow | BrokenRow]) -> list[tuple[int, tuple[object, ...]]]:
    return [(row.number, row.values) for row in rows if isinstance(row, TableRow)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.csv"


def test_a_row_with_too_few_or_too_many_values_costs_only_itself(path: Path) -> None:
    rows = rows_of(path, b"a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert good_of(rows) == [(2, ("1", "2")), (5, ("7", "8"))]
    assert broken_of(rows) == [(3, "wrong number of columns"), (4, "wrong number of columns")]


def test_bytes_that_are_not_utf8_cost_only_their_line(path: Path) -> None:
    rows = rows_of(path, b"a,b\n1,caf\xe9\n2,caf\xc3\xa9\n")
    assert good_of(rows) == [(3, ("2", "café"))]
    assert broken_of(rows) == [(2, "not UTF-8")]


def test_a_broken_row_is_kept_as_it_stands(path: Path) -> None:
    [broken] = rows_of(path, b"a,b\n1,caf\xe9\n")
    assert isinstance(broken, BrokenRow)
    assert broken.raw == r"1,caf\xe9"
    assert broken.detail == "byte 0xe9 at byte 5 of the line"


def test_a_nul_byte_costs_only_its_line(path: Path) -> None:
    rows = rows_of(path, b"a,b\n1,\x00\n2,x\n")
    assert good_of(rows) == [(3, ("2", "x"))]
    assert broken_of(rows) == [(2, "NUL byte")]


def test_an_unclosed_quote_does_not_swallow_the_rest_of_the_file(path: Path) -> None:
    body = b"".join(b"%d,x\n" % number for number in range(100))
    rows = rows_of(path, b'a,b\n1,"open\n' + body)
    assert broken_of(rows) == [(2, "unclosed quote")]
    assert [values for _, values in good_of(rows)] == [(str(number), "x") for number in range(100)]


def test_two_unclosed_quotes_near_each_other_are_not_taken_for_one_text(path: Path) -> None:
    rows = rows_of(path, b'a,b,c\n1,"open,x\n2,"open too,y\n3,fine,z\n')
    assert broken_of(rows) == [(2, "unclosed quote"), (3, "unclosed quote")]
    assert good_of(rows) == [(4, ("3", "fine", "z"))]


def test_an_unclosed_quote_on_the_last_line_is_told(path: Path) -> None:
    assert broken_of(rows_of(path, b'a,b\n1,"open')) == [(2, "unclosed quote")]


def test_a_quoted_text_may_span_lines(path: Path) -> None:
    rows = rows_of(path, b'a,b\n1,"two\nlines, ""quoted"""\n2,x\n')
    assert good_of(rows) == [(2, ("1", 'two\nlines, "quoted"')), (4, ("2", "x"))]


def test_a_quoted_text_of_too_many_lines_is_an_unclosed_quote(path: Path) -> None:
    rows = rows_of(path, b'a,b\n1,"' + b"x\n" * MAX_LINES_PER_ROW + b'"\n2,x\n')
    assert broken_of(rows)[0] == (2, "unclosed quote")
    assert good_of(rows) == [(MAX_LINES_PER_ROW + 3, ("2", "x"))]


def test_text_after_a_closing_quote_costs_only_its_line(path: Path) -> None:
    rows = rows_of(path, b'a,b\n1,"x"y\n2,x\n')
    assert broken_of(rows) == [(2, "malformed quotes")]
    assert good_of(rows) == [(3, ("2", "x"))]


def test_a_quote_inside_an_unquoted_text_is_just_an_inch(path: Path) -> None:
    assert good_of(rows_of(path, b'a,b\n1,29" case\n')) == [(2, ("1", '29" case'))]


def test_line_breaks_of_other_scripts_are_part_of_a_text(path: Path) -> None:
    content = 'a,b\n1,one\u2028two\n2,"one\u2028two"\n'.encode()
    assert [values[1] for _, values in good_of(rows_of(path, content))] == ["one\u2028two"] * 2


def test_a_line_that_never_ends_is_passed_over(path: Path) -> None:
    rows = rows_of(path, b"a,b\n1," + b"x" * (2 * MAX_LINE_BYTES) + b"\n2,x\n")
    assert broken_of(rows) == [(2, "line too long")]
    assert good_of(rows) == [(3, ("2", "x"))]


def test_empty_lines_are_nothing(path: Path) -> None:
    assert good_of(rows_of(path, b"a,b\r\n\r\n1,2\r\n")) == [(3, ("1", "2"))]


def test_a_truncated_gzip_file_gives_what_can_be_read_and_tells_the_rest(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(50_000)))
    rows = rows_of(tmp_path / "some.csv.gz", whole[: len(whole) // 2])
    assert isinstance(rows[-1], BrokenRow)
    assert broken_of(rows) == [(rows[-1].number, "damaged file")]
    assert len(rows) > 1000


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_told_by_the_header(path: Path, separator: str) -> None:
    path.write_text(f"\ufeffa{separator}b\n1{separator}2\n")
    table = CsvTable(path)
    assert table.columns == ("a", "b")
    assert good_of(list(table.rows())) == [(2, ("1", "2"))]


def test_some_columns_can_be_read_alone(path: Path) -> None:
    path.write_bytes(b"a,b,c\n1,2,3\n")
    table = CsvTable(path)
    assert good_of(list(table.rows(["c", "a"]))) == [(2, ("3", "1"))]
    assert good_of(list(table.rows(["b"]))) == [(2, ("2",))]
    assert table.fraction == 1.0


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\n1\n", b"a\x00,b\n", b'a,"b\n'])
def test_a_file_without_a_readable_header_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ImportRejectedError):
        CsvTable(path)
