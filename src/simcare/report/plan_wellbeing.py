"""How people fare, as the report says it: wellbeing and its areas beside drop-out."""

from collections.abc import Iterator, Sequence

import numpy as np

from simcare.analysis.estimates import mean_interval
from simcare.analysis.findings import Found
from simcare.analysis.outcomes import Outcome
from simcare.analysis.table_names import COMPARISON, SUMMARY
from simcare.analysis.wellbeing import OVER, QALYS, WELLBEING
from simcare.report.draft import Draft
from simcare.report.many_pictures import faring
from simcare.report.page import Block, Heading, Words
from simcare.report.words import say

DECIMALS = {QALYS: 3}  # of a mean, else one; a difference has one more


def has_wellbeing(found: Found) -> bool:
    """Return whether a scenario tells how people fare."""
    return bool(_told(found))


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield how people fare under each policy; nothing where that is not told."""
    scenarios = draft.view.scenarios
    if not all(map(has_wellbeing, scenarios)):
        return
    yield Heading(say("page.wellbeing"))
    yield Words(say("page.wellbeing.of"))
    titles = [draft.titles.of(found.policy) for found in scenarios]
    differences = (say("page.wellbeing.difference", policy=title) for title in titles[1:])
    header = (say("page.wellbeing.area"), *titles, *differences)
    rows = [_row(outcome, scenarios) for outcome in _told(scenarios[0])]
    yield draft.grid(say("page.wellbeing.caption"), header, rows, SUMMARY, COMPARISON)
    yield from draft.draw(faring(draft.view))


def beside(draft: Draft) -> Iterator[Words]:
    """Yield how people fare in one sentence for each policy, to stand beside who leaves a list."""
    for found in draft.view.scenarios:
        mean, years = (found.mean_of(name) for name in (WELLBEING, QALYS))
        words = {"policy": draft.titles.of(found.policy), "mean": _written(mean, 1)}
        if np.isfinite(years):
            yield Words(say("page.wellbeing.beside_years", years=_written(years, 3), **words))
        elif np.isfinite(mean):
            yield Words(say("page.wellbeing.beside", **words))


def _told(found: Found) -> list[Outcome]:
    return [outcome for outcome in found.outcomes if outcome.over == OVER]


def _row(outcome: Outcome, scenarios: Sequence[Found]) -> tuple[str, ...]:
    decimals = DECIMALS.get(outcome.name, 1)
    base, *others = [found.outcomes[outcome] for found in scenarios]
    means = [_written(float(np.nanmean(values)), decimals) for values in (base, *others)]
    differences = [_difference(values - base, decimals + 1) for values in others]
    return (_name(outcome), *means, *differences)


def _difference(values: np.ndarray[tuple[int], np.dtype[np.float64]], decimals: int) -> str:
    """Return a difference with its range, as far as there is one."""
    found = mean_interval(values)
    mean, low, high = (_written(x, decimals) for x in (found.mean, found.lower, found.upper))
    return say("fmt.mean_and_range", mean=mean, low=low, high=high) if found.n > 1 else mean


def _written(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace("-", "−") if np.isfinite(value) else say("ui.no_data")


def _name(outcome: Outcome) -> str:
    if outcome.name == WELLBEING:
        return say("page.wellbeing.all")
    if outcome.name == QALYS:
        return say("page.wellbeing.years")
    return outcome.name.removeprefix(f"{WELLBEING}: ").replace("_", " ")
