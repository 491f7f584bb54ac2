"""Colours by role, with how each survives without colour: dash, marker, hatch, edge.

Contrast is that of WCAG 2: (L1 + 0.05) / (L2 + 0.05) of relative luminances.
"""

from dataclasses import dataclass

WHITE, INK, QUIET, GRID = "#FFFFFF", "#1A1A1A", "#595959", "#D9D9D9"
ZONE = "#F2F2F2"
DARK_BLUE, LIGHT_BLUE = "#12436D", "#DCE9F5"
ORANGE, VIOLET, PALE, EDGE = "#F46A25", "#7B5AA6", "#E6E6E6", "#767676"

Dash = tuple[float, ...]


@dataclass(frozen=True)
class Role:
    """How a policy is drawn wherever it stands: line, marker, and the colour of its words."""

    colour: str
    dash: Dash
    marker: str
    filled: bool
    width: float
    text: str
    bold: bool = False


@dataclass(frozen=True)
class Fill:
    """How an area of one fate is filled; a white hatch and an edge where it has one."""

    colour: str
    hatch: str = ""
    edge: str = ""


BASE = Role("#949494", (5.0, 2.0), "o", False, 1.8, QUIET)
POLICY = Role(DARK_BLUE, (), "o", True, 2.4, DARK_BLUE, bold=True)
SECOND = Role(ORANGE, (6.0, 2.0, 1.5, 2.0), "s", True, 1.8, "#B84300")
THIRD = Role(VIOLET, (1.2, 1.6), "^", True, 1.8, VIOLET)
ROLES = (BASE, POLICY, SECOND, THIRD)
PLAIN = Role("#949494", (), "o", False, 1.2, QUIET)

STARTED = Fill(DARK_BLUE)
WAITING = Fill(LIGHT_BLUE, edge=DARK_BLUE)
GAVE_UP = Fill(ORANGE, hatch="///")
LEFT = Fill(VIOLET, hatch="\\\\\\")
RELAPSED = Fill(INK)
OTHER = Fill(PALE, edge=EDGE)


def role(place: int) -> Role:
    """Return the role of the policy at a place in the comparison; past the fourth all are plain."""
    return ROLES[place] if place < len(ROLES) else PLAIN


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour "#RRGGBB", from 0 (black) to 1 (white)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
