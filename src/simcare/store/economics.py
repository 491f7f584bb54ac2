"""What policies cost and bring beside the base, as rows of a table."""

from collections.abc import Iterator
from math import nan

from simcare.analysis.estimates import Estimate
from simcare.analysis.findings import Findings
from simcare.analysis.value_for_money import Buy, Worth, averted, worth_of

HEADER = (
    "case", "base", "policy", "measure", "willingness_to_pay", "unit", "mean", "lower_95",
    "upper_95", "replications", "standing",
)  # fmt: skip
YEARS = "quality-adjusted life years"

Row = tuple[str | float | int, ...]


def rows_of(findings: Findings) -> Iterator[Row]:
    """Yield a row for each number, as ``HEADER`` names them; none where cost or gain is not told.

    ``willingness_to_pay`` is that for one life year, empty where a number does not hang on it.
    """
    for case in findings.about.cases:
        if (worth := worth_of(findings, case)) is not None:
            yield from _of_case(worth)


def _of_case(worth: Worth) -> Iterator[Row]:
    base, n = worth.scenarios[0].policy, worth.costs.shape[1]
    for buy in worth.buys():
        for measure, *numbers in _numbers(buy, worth, n):
            yield (worth.case, base, buy.policy, measure, *numbers, str(buy.standing))
    for one in averted(worth):
        measure = f"cost of one averted: {one.what}"
        each = (measure, nan, worth.currency, one.each)
        yield (worth.case, base, one.policy, *each, nan, nan, n, "")
    for scenario, shares in zip(worth.scenarios, worth.best_of_100, strict=True):
        for price, share in zip(worth.grid, shares.tolist(), strict=True):
            what = ("best buy", price, "of 100 replications", share)
            yield (worth.case, base, scenario.policy, *what, nan, nan, n, "")
    known = worth.perfect_information.tolist()
    for price, value in zip(worth.worths, known, strict=True):
        what = ("value of perfect information", price, worth.currency, value)
        yield (worth.case, base, "", *what, nan, nan, n, "")


def _numbers(buy: Buy, worth: Worth, n: int) -> Iterator[Row]:
    """Yield what is told of one policy: measure, price of a life year, unit, number, range, n."""
    money = worth.currency
    yield ("extra cost", nan, money, *_cells(buy.cost))
    yield (f"extra {YEARS}", nan, YEARS, *_cells(buy.qalys))
    yield ("cost of a life year", nan, money, buy.ratio, nan, nan, n)
    yield ("cost of a life year beside the next cheaper", nan, money, buy.step, nan, nan, n)
    for price, net in zip(worth.worths, buy.net, strict=True):
        yield ("net benefit", price, money, *_cells(net))


def _cells(estimate: Estimate) -> tuple[float, float, float, int]:
    return estimate.mean, estimate.lower, estimate.upper, estimate.n
