"""The font of the charts: which signs of a run's names it lacks."""

from collections.abc import Iterable, Iterator
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font

from simcare.analysis.findings import About
from simcare.report.words import say

FAMILY = "DejaVu Sans"
WEIGHTS = ("normal", "bold")
MOST_SHOWN = 12


@cache
def _known() -> frozenset[int]:
    """Return the code points that every weight of the font has a glyph for."""
    places = (findfont(FontProperties(family=FAMILY, weight=weight)) for weight in WEIGHTS)
    return frozenset.intersection(*(frozenset(get_font(place).get_charmap()) for place in places))


def lacking(texts: Iterable[str]) -> list[str]:
    """Return the signs of some texts for which the font has no glyph, each once, in their order."""
    signs = dict.fromkeys(sign for text in texts for sign in text)
    return [sign for sign in signs if not sign.isspace() and ord(sign) not in _known()]


def lacking_said(texts: Iterable[str]) -> str:
    """Return in words which signs of some texts charts cannot draw; nothing if they can draw all.

    Signs that cannot be seen, such as those that join others, are not named.
    """
    signs = [sign for sign in lacking(texts) if sign.isprintable()]
    more = " …" if len(signs) > MOST_SHOWN else ""
    return say("charts.lacking", signs=" ".join(signs[:MOST_SHOWN]) + more) if signs else ""


def names_drawn(about: About) -> Iterator[str]:
    """Yield the names of policies and cases, which people may write in any script."""
    yield from about.policies.values()
    for note in about.cases.values():
        yield from (note.title, note.assumption)
