"""Which of a variant's options are its size and its colour, in the languages shops write."""

from typing import Final

from personalization.domain.product import AttributeValue

_SIZES: Final = frozenset(
    """size größe groesse taille talla tamanho taglia maat storlek størrelse storrelse koko rozmiar
    velikost méret beden размер розмір""".split()  # noqa: SIM905 - readable
)
_COLOURS: Final = frozenset(
    """colour color farbe couleur cor colore kleur färg farg farve farge väri kolor barva szín renk
    цвет колір""".split()  # noqa: SIM905 - readable
)


def is_size(name: str) -> bool:
    return _word(name) in _SIZES


def is_colour(name: str) -> bool:
    return _word(name) in _COLOURS


def sort_options(
    options: dict[str, str],
) -> tuple[str | None, str | None, tuple[tuple[str, AttributeValue], ...]]:
    """Return size, colour and the further ones."""
    size = next((value for name, value in options.items() if is_size(name)), None)
    colour = next((value for name, value in options.items() if is_colour(name)), None)
    further = tuple(
        (name, value) for name, value in options.items() if not (is_size(name) or is_colour(name))
    )
    return size, colour, further


def _word(name: str) -> str:
    return name.strip().casefold()
