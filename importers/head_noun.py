"""What a product's description calls it, for data sets without categories."""

import re

_WORD = re.compile(r"[A-Z][A-Z'-]*")
_SET_OF = re.compile(r"^(?:\d+ )?(?:SET|PACK|BOX|PAIR|ASSTD|ASSORTED)S?(?: ?/ ?\d+| OF)?\b")
_STOPS = frozenset({"WITH", "FOR", "IN", "OF", "ON", "AND", "W", "TO", "NO", "FROM", "BY", "AT"})
_QUALITIES = frozenset(
    """SMALL LARGE MEDIUM MINI BIG RED BLUE PINK GREEN WHITE BLACK CREAM IVORY PURPLE SILVER GOLD
    ORANGE YELLOW BROWN TURQUOISE AMBER ASSORTED ASSTD COLOURS COLOUR DESIGN DESIGNS CM
    CLEAR GREY NATURAL BEIGE CORAL LILAC MULTICOLOUR PASTEL RETROSPOT POLKADOT CHRISTMAS GARDEN GIRL
    BOY VINTAGE SPACEBOY""".split()  # noqa: SIM905 - readable
)

_PATTERNS = frozenset(
    """ALPHABET ANIMAL ANIMALS APPLE APPLES BAROQUE CHERRY DINOSAUR DINOSAURS DOILY DOLLY FLORAL
    FLOWER FLOWERS HEARTS LEAF LONDON LOVE OWLS PAISLEY PANTRY PEARS PSYCHEDELIC REGENCY
    SCANDINAVIAN SKULL SKULLS SPOTS SPOTTY STRAWBERRIES STRAWBERRY SUKI WOODLAND""".split()  # noqa: SIM905 - readable
)
"""What is printed on a bag, a mug or a tin: it is only meant itself where nothing else is said."""


def head_noun(description: str) -> str | None:
    """Return the noun of `SET OF 3 RETROSPOT CAKE TINS WITH LID` -> `tin`, or None.

    The last word before a preposition, without colours, sizes and what is printed on it, in the
    singular.
    """
    words = _WORD.findall(_SET_OF.sub("", description.upper().strip()))
    until = next((place for place, word in enumerate(words) if word in _STOPS and place), None)
    kept = [word for word in words[:until] if word not in _QUALITIES | _STOPS and len(word) > 1]
    things = [word for word in kept if word not in _PATTERNS] or kept
    return _singular(things[-1]).casefold() if things else None


def _singular(word: str) -> str:
    if word.endswith("IES"):
        return word[:-3] + "Y"
    if word.endswith(("SSES", "XES", "SHES", "CHES")):
        return word[:-2]
    if word.endswith("S") and not word.endswith(("SS", "US", "IS")):
        return word[:-1]
    return word
