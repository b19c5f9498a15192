"""Countries by their codes, as events and headers name them."""

from typing import Final

from personalization.domain.identifiers import Region

_CODES: Final = """
ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt
bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh
er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht
hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls
lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni
nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg
sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug
um us uy uz va vc ve vg vi vn vu wf ws xk ye yt za zm zw
"""
COUNTRIES: Final = frozenset(_CODES.split())
"""ISO 3166-1 alpha-2, and `xk`, which is in general use for Kosovo."""
_RESERVED: Final = {"uk": "gb"}
"""Codes that the standard reserves for a country which has another."""
_LONGEST_SUBDIVISION: Final = 3


def parse_region(text: str) -> Region | None:
    """Return the country of an ISO 3166 code, None for what is none.

    Takes any case, and subdivisions (`DE-BY`), of which the country counts: priors are made by
    country, and seasons too.
    """
    country, dash, subdivision = text.strip().lower().partition("-")
    country = _RESERVED.get(country, country)
    fits = not dash or (subdivision.isalnum() and len(subdivision) <= _LONGEST_SUBDIVISION)
    return Region(country) if country in COUNTRIES and fits else None


def region_of_rule(text: str) -> Region:
    """Return the country of a code as events name it, else the text as it is, for it to be told."""
    return parse_region(text) or Region(text.lower())
