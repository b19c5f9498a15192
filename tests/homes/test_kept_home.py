"""A home made by an earlier release opens, and says of its past what it said then, bit for bit.

What an off-policy report says is summed by numpy with whatever instructions the processor has, and
its last bits are of the machine.
"""

import tarfile
from pathlib import Path

import msgspec
import pytest

from tests.homes.figures import figures_of

HERE = Path(__file__).parent
HOMES = sorted(HERE.glob("*.tar.xz"))


@pytest.mark.parametrize("archive", HOMES, ids=lambda archive: archive.name)
def test_decisions_of_an_earlier_release_are_made_again_and_explained_as_then(
    archive: Path, tmp_path: Path
) -> None:
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    expected = msgspec.json.decode(archive.with_name(f"{archive.name[:-7]}.json").read_bytes())

    figures = msgspec.json.decode(msgspec.json.encode(figures_of(tmp_path)))

    assert len(figures["decisions"]) == len(expected["decisions"])
    for decision_id, decision in expected["decisions"].items():
        assert figures["decisions"][decision_id] == decision, decision_id
    reports = [msgspec.json.decode(made.pop("off_policy")) for made in (figures, expected)]
    assert figures == expected
    for row, kept in zip(*reports, strict=True):
        assert row == {
            name: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
            for name, value in kept.items()
        }
