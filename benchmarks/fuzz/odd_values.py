"""Values that have broken something somewhere: numbers, moments, texts, and JSON of them."""

import json
from typing import Final

from hypothesis import strategies as st

NUMBERS: Final = (
    "0", "-0", "-1", "1", "1.5", "0.1e-400", "1e400", "-1e400", "1e308", "9" * 19, "9" * 30,
    "9" * 400, "-" + "9" * 400, "9" * 5_000, str(2**31), str(2**53), str(2**63), str(-(2**63) - 1),
    str(2**64), "1e9", "253402300800000", "-62135596800001",
)  # fmt: skip
MOMENTS: Final = (
    "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00-14:00", "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999+14:00", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
    "2025-06-30T23:59:60Z", "2025-02-29T00:00:00Z", "2025-06-01T24:00:00Z", "2025-06-01",
    "2025-06-01T12:00:00", "2025-06-01T12:00:00+99:99", "1970-01-01T00:00:00Z", "now", "1d",
)  # fmt: skip
TEXTS: Final = (
    "", " ", "\x00", "a\x00b", "\n", "\r\n", "\t", "\x7f", "\u0085", "\u00b2", "\u0660", "\ufeff",
    "\ufffe", "\uffff", "\U0001f455", "\U0010ffff", "\u202e", "e\u0301", "null", "NaN", "Infinity",
    "..", "../..", "/", "//", "%", "%2F", "%00", "?", "#", "a,b", "'", '"', "\\", "';--", "${jndi}",
    "{{7*7}}", "x" * 129, "x" * 2_000,
)  # fmt: skip
IDS: Final = (
    "ffffffff-ffff-7fff-bfff-ffffffffffff", "00000000-0000-7000-8000-000000000000",
    "00000000-0000-0000-0000-000000000000", "e677d21f-dbff-7000-8000-000000000000",
    "{00000000-0000-0000-0000-000000000001}", "00000000000000000000000000000001", "\u0660" * 32,
)  # fmt: skip
_RAW_JSON: Final = (
    "null", "true", "{}", "[]", "NaN", "-Infinity", "tru", "01", "1.", "'a'", '"\\ud800"',
    '"\\udfff and on"', '"\\ud800\\ud800"', '"\\u0000"', '"\\x"', '"a\tb"', '{"a":1,"a":2}',
    "[" * 40 + "]" * 40, "[" * 5_000 + "]" * 5_000, '{"a":' * 3_000 + "1" + "}" * 3_000,
)  # fmt: skip
_BAD_UTF8: Final = (b'"\xff"', b'"\xc3"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xc0\x80"')


def texts() -> st.SearchStrategy[str]:
    """Return texts without lone surrogates, which no address or header can be made of."""
    return st.sampled_from((*TEXTS, *MOMENTS, *NUMBERS, *IDS)) | st.text(max_size=40)


def moments() -> st.SearchStrategy[str]:
    return st.sampled_from(MOMENTS) | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")


def json_values() -> st.SearchStrategy[bytes]:
    """Return JSON of any kind, and near misses, of which each can be told from what follows."""
    written = st.sampled_from((*NUMBERS, *_RAW_JSON))
    said = st.one_of(
        texts(),
        moments(),
        st.integers(),
        st.floats(),
        st.text(alphabet=st.characters(categories=("Cs", "L", "Cc")), max_size=5),
        st.lists(texts(), max_size=3),
    )
    return st.one_of(
        written.map(lambda text: text.encode("utf-8")),
        st.sampled_from(_BAD_UTF8),
        said.map(lambda value: json.dumps(value).encode()),
    )
