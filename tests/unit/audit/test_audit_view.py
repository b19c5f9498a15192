import msgspec
import pytest

from personalization.audit.audit_view import difference, view_of_entry
from tests.builders.access.audit_entry import an_audit_entry


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (None, None, []),
        (None, '{"name":"a","ends":null,"products":[]}', ["new", "name: a"]),
        ('{"name":"a"}', None, ["removed", "name: a"]),
        ('{"a":1,"b":2}', '{"a":1,"b":3,"c":[1]}', ["b: 2 -> 3", "c: null -> [1]"]),
        ('{"a":1}', '{"a":1}', []),
        ("[1]", "[1,2]", ["[1] -> [1,2]"]),
        ('"cold"', '"warm"', ["cold -> warm"]),
        (None, "3", ["new", "3"]),
    ],
)
def test_the_difference_is_told_by_field(
    before: str | None, after: str | None, lines: list[str]
) -> None:
    assert difference(an_audit_entry(before=before, after=after)) == lines


def test_before_and_after_are_json_within_json() -> None:
    view = view_of_entry(an_audit_entry("e", after='{"a":1}'))
    told = msgspec.json.decode(msgspec.json.encode(view))
    assert (told["id"], told["before"], told["after"]) == ("e", None, {"a": 1})
