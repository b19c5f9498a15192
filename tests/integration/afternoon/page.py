"""The page's steps as one script, and how its answers are compared with what really comes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[3] / "docs"
PAGE: Final = FOLDER / "your-shop-in-an-afternoon.md"
ANYTHING: Final = "…"
_BLOCK: Final = re.compile(r"^```([a-z]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INSTALLS: Final = "make setup"


@dataclass(frozen=True, slots=True)
class Step:
    """Commands, and what they answer by the page; an empty answer says nothing of it."""

    commands: str
    language: str = ""
    answer: str = ""


def page_steps(ports: dict[str, int]) -> list[Step]:
    """Return the steps but for the installation, with other ports than the page's."""
    steps: list[Step] = []
    for language, body in _BLOCK.findall(_with_ports(ports)):
        if language == "sh":
            steps.append(Step(body))
        elif language in ("text", "json"):
            steps[-1] = Step(steps[-1].commands, language, body)
    assert _INSTALLS in steps[0].commands
    return steps[1:]


def page_site(ports: dict[str, int]) -> str:
    """Return the HTML that the page says to save."""
    (html,) = [body for language, body in _BLOCK.findall(_with_ports(ports)) if language == "html"]
    return str(html)


def _with_ports(ports: dict[str, int]) -> str:
    text = PAGE.read_text("utf-8")
    for known, port in ports.items():
        text = text.replace(f":{known}", f":{port}").replace(f"server {known} ", f"server {port} ")
    return text


def script(steps: list[Step], before: str) -> str:
    """Return one shell script, whose steps write what they print into `step-N`."""
    parts = [f"{{\n{step.commands}}} > step-{number} 2>&1" for number, step in enumerate(steps)]
    return "\n".join(["set -e -o pipefail", before, *parts, ""])


def mismatch(step: Step, printed: str) -> str | None:
    """Return what differs from the page, None where nothing does."""
    if step.language == "json":
        try:
            wanted, found = list(_values(step.answer)), list(_values(printed))
        except json.JSONDecodeError as error:
            return f"no JSON: {error}"
        if len(wanted) != len(found):
            return f"{len(found)} answers, not {len(wanted)}"
        pairs = zip(wanted, found, strict=True)
        return next((fault for fault in (_differs(*pair) for pair in pairs) if fault), None)
    lines = [line.rstrip() for line in step.answer.splitlines()]
    # A line of its own stands for any number of lines, also none.
    pattern = "".join(
        r"(.*\n)*?"
        if line == ANYTHING
        else ".*".join(map(re.escape, line.split(ANYTHING))) + r" *\n"
        for line in lines
    )
    return None if re.fullmatch(pattern, printed) else "other lines"


def _values(text: str) -> Iterator[Any]:
    """Yield the JSON values that stand one after another."""
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:].lstrip()


def _differs(wanted: Any, found: Any, place: str = "$") -> str | None:
    if wanted == ANYTHING:
        return None
    if isinstance(wanted, dict) and isinstance(found, dict):
        missing = wanted.keys() - found.keys() - {ANYTHING}
        more = set() if ANYTHING in wanted else found.keys() - wanted.keys()
        if missing or more:
            return f"{place}: without {sorted(missing)}, with {sorted(more)}"
        pairs = [(f"{place}.{key}", wanted[key], found[key]) for key in wanted if key != ANYTHING]
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            return f"{place}: {len(found)} of {len(wanted)}"
        pairs = [
            (f"{place}[{index}]", *pair)
            for index, pair in enumerate(zip(wanted, found, strict=True))
        ]
    else:
        return None if wanted == found else f"{place}: {found!r}, not {wanted!r}"
    faults = (_differs(mine, theirs, inner) for inner, mine, theirs in pairs)
    return next((fault for fault in faults if fault), None)
