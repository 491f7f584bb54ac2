"""Charts as bytes: SVG that may stand beside others in one page, and PNG; the same every time."""

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from xml.sax.saxutils import escape

import matplotlib
from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")
STYLE = Path(__file__).with_name("simcare.mplstyle")

# What matplotlib puts before and into an SVG that a page has no use for.
_OUTSIDE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->", re.DOTALL)
_INSIDE = re.compile(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_SIZE = re.compile(r'\s(?:width|height)="[^"]*"')
_ROOT = re.compile(r"<svg\b[^>]*>")
_ID = re.compile(r'(\bid=")([^"]+)(")|(url\(#)([^)]+)(\))|(href="#)([^"]+)(")')
# What its style sheet for the whole page says, said of the picture alone.
_JOINS = ' style="stroke-linejoin:round;stroke-linecap:butt"'


# Settings that say how a picture looks; the others are the business of the program around.
_LOOKS = (
    *("agg", "axes", "errorbar", "figure", "font", "grid", "hatch", "image", "lines", "markers"),
    *("mathtext", "patch", "path", "savefig", "scatter", "svg", "text"),
    *("xaxis", "xtick", "yaxis", "ytick"),
)


@cache
def _settings() -> Any:
    """Return the settings of the report: what its style file says, and what it leaves alone."""
    plain: Any = matplotlib.rcParamsDefault
    own: Any = matplotlib.rc_params_from_file(STYLE, use_default_template=False)
    looks = {name: plain[name] for name in plain if name.partition(".")[0] in _LOOKS}
    return {**looks, **own}


@contextmanager
def style() -> Iterator[None]:
    """Draw and write in the report's style, whatever the settings outside are.

    A sign that the font lacks is a box in a PNG, and in an SVG the sign itself, as the reader's own
    fonts have it: of each matplotlib would warn, and :mod:`simcare.report.fonts` says it once.
    """
    with warnings.catch_warnings(), matplotlib.rc_context(_settings()):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        yield


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Make a function draw in the report's style."""

    @wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        with style():
            return draw(*args, **kwargs)

    return inner


@styled
def to_svg(figure: Figure, prefix: str) -> str:
    """Return a figure as SVG for a page: no size, date or style of its own, its ids prefixed."""
    if not re.fullmatch(r"[A-Za-z][\w-]*", prefix):
        raise ValueError(f"prefix is {prefix!r}; it must begin with a letter and hold no blanks")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = _INSIDE.sub("", _OUTSIDE.sub("", buffer.getvalue()))

    def prefixed(found: re.Match[str]) -> str:
        before, name, after = (part for part in found.groups() if part is not None)
        return f"{before}{prefix}-{name}{after}"

    def plain_root(found: re.Match[str]) -> str:
        return _SIZE.sub("", found[0])[:-1] + _JOINS + ">"

    text = _ROOT.sub(plain_root, _ID.sub(prefixed, text), count=1)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def described(svg: str, title: str, alt: str) -> str:
    """Return a picture that stands alone, with its title and what it shows in words."""
    inside = f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>"
    return _ROOT.sub(lambda root: f"{root[0]}{inside}", svg, count=1)


@styled
def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG, without date or software in it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
