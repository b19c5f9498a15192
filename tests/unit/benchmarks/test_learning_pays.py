"""Rows of runs that were made before are read, not made again."""

import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks import learning_pays
from evaluation.simulation.clicks_gained import TWIN
from evaluation.simulation.oracle import Knows
from evaluation.simulation.shops import ShopKind

NAMES = (TWIN, "earned", *map(str, Knows))


def test_gains_are_those_of_the_rows_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, plot = tmp_path / "rows.jsonl", tmp_path / "plot.png"
    kept = [
        learning_pays.Row(ShopKind.STALE, seed, name, (50.0, 100.0 + place * seed))
        for seed in (1, 2)
        for place, name in enumerate(NAMES)
    ]
    rows.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in kept))
    before = rows.read_bytes()
    asked = f"--rows {rows} --plot {plot} --seeds 2 --shop stale --policy earned"
    monkeypatch.setattr(sys, "argv", ["learning_pays", *asked.split(), "--impressions", "5000"])

    learning_pays.main()

    (line,) = [line for line in capsys.readouterr().out.splitlines() if "earned" in line]
    # 1 and 2 % of two shops; Student's t of one degree of freedom is 12.7.
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        "stale", "earned", "2", "2.03", "+1.5 +- 6.4", "+1.0",
    ]  # fmt: skip
    assert rows.read_bytes() == before
    assert plot.read_bytes().startswith(b"\x89PNG")
