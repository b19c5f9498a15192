"""The other number of English nouns, as far as their endings tell."""

from typing import Final

_HISSING: Final = ("ss", "x", "z", "ch", "sh")
"""After these a plural has -es: dresses, boxes, watches."""
_NO_PLURALS: Final = ("ss", "us", "is")
_SHORTEST: Final = 3


def singular_of(word: str) -> str:
    """Return a plural in -s or -es without its ending, any other word as it is."""
    if not word.endswith("s") or word.endswith(_NO_PLURALS) or len(word) <= _SHORTEST:
        return word
    stem = word.removesuffix("es")
    return stem if stem != word and stem.endswith(_HISSING) else word.removesuffix("s")


def plural_of(word: str) -> str:
    """Return a singular with the ending of a plural, a plural as it is."""
    if singular_of(word) != word:
        return word
    return f"{word}es" if word.endswith(_HISSING) else f"{word}s"
