"""Words by which titles are searched."""

import re
import unicodedata
from typing import Final

MOST_WORDS: Final = 40
"""Of one title; those after are not searched."""
LONGEST_WORD: Final = 40
_WORD: Final = re.compile(r"\w+")


def words_of(title: str) -> tuple[str, ...]:
    """Return each word once, without case and accents, in the order of appearance."""
    folded = title.casefold()
    if not folded.isascii():
        parted = unicodedata.normalize("NFKD", folded)
        folded = "".join(letter for letter in parted if not unicodedata.combining(letter))
    words = (word[:LONGEST_WORD] for word in _WORD.findall(folded))
    return tuple(dict.fromkeys(words))[:MOST_WORDS]
