"""What was wanted of the engines, beside what was found."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from competitors import CIMBA, COMPILED, CPP, FIFO, PLAIN, REFERENCE
from findings import Findings

SMALL, MIDDLE, LARGE, LARGEST = 5_000, 80_000, 200_000, 1_000_000


@dataclass(frozen=True)
class Target:
    """A wish: its words, the figures of it, the limit, a further one, and which side is good."""

    words: str
    figures: Callable[[Findings], np.ndarray]
    limit: float
    further: float | None = None
    at_most: bool = True
    unit: str = ""

    def met(self, figure: float, limit: float) -> bool:
        """Return whether a figure is on the good side of a limit."""
        return figure <= limit if self.at_most else figure >= limit

    def wanted(self) -> str:
        """Return what was wanted, in words."""
        side = "at most" if self.at_most else "at least"
        further = "" if self.further is None else f" ({self.further:g}{self.unit} hoped for)"
        return f"{side} {self.limit:g}{self.unit}{further}"

    def verdict(self, found: Findings) -> tuple[str, str]:
        """Return what was found, and whether that is what was wanted."""
        figures = self.figures(found)
        if not len(figures):
            return "–", "not measured"
        figure = float(np.median(figures))
        text = f"{figure:.3g}{self.unit}"
        if len(figures) > 1:
            low, high = np.quantile(figures, [0.25, 0.75])
            text += f" ({low:.3g}–{high:.3g})"
        if self.further is not None and self.met(figure, self.further):
            return text, "yes, as hoped for"
        return text, "yes" if self.met(figure, self.limit) else "**no**"


def _over(name: str, other: str, clients: int) -> Callable[[Findings], np.ndarray]:
    return lambda found: found.ratios(name, other, clients)


def _growth(name: str, large: int, small: int) -> Callable[[Findings], np.ndarray]:
    def figures(found: Findings) -> np.ndarray:
        one, two = found.microseconds(name, large), found.microseconds(name, small)
        return np.array([np.median(one) / np.median(two)]) if len(one) and len(two) else one[:0]

    return figures


def _threads(clients: int) -> Callable[[Findings], np.ndarray]:
    return lambda found: np.array(found.threads.get(clients, []))


def _outcomes_mb(found: Findings) -> np.ndarray:
    return np.array([mb for clients, mb in found.outcomes_mb.items() if clients == LARGEST])


TARGETS = (
    Target("time over that of C++, 5,000 clients", _over(COMPILED, CPP, SMALL), 2.2, 1.5),
    Target("time over that of C++, 200,000 clients", _over(COMPILED, CPP, LARGE), 2.6, 1.7),
    Target("time over that of C++, 1,000,000 clients", _over(COMPILED, CPP, LARGEST), 2.0, 1.3),
    Target("times as fast as `plain`, 5,000", _over(PLAIN, COMPILED, SMALL), 100, at_most=False),
    Target("times as fast as `plain`, 200,000", _over(PLAIN, COMPILED, LARGE), 400, at_most=False),
    Target("times as fast as `fifo`, 5,000", _over(FIFO, COMPILED, SMALL), 50, at_most=False),
    Target("times as fast as `fifo`, 200,000", _over(FIFO, COMPILED, LARGE), 65, at_most=False),
    Target("times as fast as Cimba, 5,000", _over(CIMBA, COMPILED, SMALL), 5, at_most=False),
    Target("two threads over one, runs of 5,000", _threads(SMALL), 1.7, at_most=False),
    Target("two threads over one, runs of 200,000", _threads(LARGE), 1.7, at_most=False),
    Target("time per client, 1,000,000 over 5,000", _growth(COMPILED, LARGEST, SMALL), 2.2),
    Target("memory of a study, no records kept, 1,000,000", _outcomes_mb, 300, unit=" MB"),
    Target(
        "reference engine: time over that of `fifo`, 5,000", _over(REFERENCE, FIFO, SMALL), 1.8, 1.4
    ),
    Target(
        "reference engine: time per client, 80,000 over 5,000",
        _growth(REFERENCE, MIDDLE, SMALL),
        2.0,
    ),
)


def table(found: Findings) -> list[str]:
    """Return the table of targets, in Markdown."""
    rows = ["| of the compiled engine | wanted | found | met |", "|---|---|---|---|"]
    for target in TARGETS:
        figure, verdict = target.verdict(found)
        rows.append(f"| {target.words} | {target.wanted()} | {figure} | {verdict} |")
    return rows
