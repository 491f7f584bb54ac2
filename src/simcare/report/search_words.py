"""A search in words: what was asked, how many places it takes, and what that rests on."""

from collections.abc import Iterator

from simcare.analysis.capacity_search import (
    ABOVE,
    AT_LEAST,
    AT_MOST,
    BELOW,
    Answer,
    Kind,
    Search,
    Target,
    Tried,
)
from simcare.analysis.estimates import round_to_range
from simcare.analysis.findings import About
from simcare.analysis.outcomes import Outcome
from simcare.report.drawing import tick
from simcare.report.outcome_words import group_name, outcome_name, unit_name
from simcare.report.settings import name_of
from simcare.report.words import capital, paragraph, say

SIDES = {
    BELOW: "find.target.below",
    AT_MOST: "find.target.at_most",
    ABOVE: "find.target.above",
    AT_LEAST: "find.target.at_least",
}
WAITS = {
    "half wait at most": "find.outcome.median",
    "a quarter wait at most": "find.outcome.quarter",
    "three quarters wait at most": "find.outcome.three_quarters",
    "9 of 10 wait at most": "find.outcome.nine_of_10",
}


def outcome_said(outcome: Outcome, days: str) -> str:
    """Return what an outcome is called, and where; ``days`` are the deadline's."""
    clock, _, name = outcome.name.rpartition(": ")
    said = outcome_name(outcome, days)
    if name in WAITS:
        wait = say(WAITS[name])
        said = say("find.outcome.clock", clock=clock, outcome=wait) if clock else wait
    if not outcome.where:
        return said
    return say("outcome.at", outcome=said, where=outcome.where.replace("_", " "))


def target_said(target: Target, days: str) -> str:
    """Return a target: "median wait (residential) below 30 days"."""
    return say(
        SIDES[target.side],
        outcome=outcome_said(target.outcome, days),
        y=tick(target.bound),
        unit=unit_name(target.outcome),
    )


def question(search: Search, about: About) -> str:
    """Return what a search asks, for people with a deadline of so many days."""
    target = target_said(search.target, f"{about.deadline_days:g}")
    return say("find.question", what=name_of(search.path), target=target)


def scenario_said(about: About) -> str:
    """Return in which policy and case the run of a number is, by what that was about."""
    (policy,), (case,) = about.policies.values(), about.cases.values()
    if case.title:
        return say("find.scenario_in", policy=policy, case=case.title)
    return say("find.scenario", policy=policy)


def range_said(answer: Answer) -> str:
    """Return the range of the number in words; it may be open at either end."""
    if answer.lower is None and answer.upper is None:
        return say("find.range.unknown")
    if answer.upper is None:
        return say("find.range.or_more", low=str(answer.lower))
    if answer.lower is None:
        return say("find.range.or_fewer", high=str(answer.upper))
    if answer.lower == answer.upper:
        return say("find.range.alone", n=str(answer.lower))
    return say("fmt.range", low=str(answer.lower), high=str(answer.upper))


def level(tried: Tried, bound: float) -> str:
    """Return an outcome's mean with its range, in as many digits as that supports.

    It has a digit more where it would else be written as the target's bound, and is not that.
    """
    e = tried.estimate
    if e.n < 2:
        return tick(round(e.mean, 1)) if e.n else say("ui.no_data")
    half = (e.upper - e.lower) / 2
    if e.mean != bound and round_to_range(e.mean, half) == round_to_range(bound, half):
        half /= 10
    mean, low, high = (round_to_range(v, half) for v in (e.mean, e.lower, e.upper))
    return say("fmt.mean_and_range", mean=mean, low=low, high=high)


def answer_said(search: Search, answer: Answer, about: About) -> str:
    """Return the answer in a sentence or two."""
    what, target = name_of(search.path), target_said(search.target, f"{about.deadline_days:g}")
    ends = {"low": str(search.lowest), "high": str(search.highest)}
    best = answer.at(answer.best)
    reached = say("ui.no_data") if best is None else level(best, search.target.bound)
    unit = unit_name(search.target.outcome)
    if answer.kind == Kind.FOUND:
        number = str(answer.number)
        return say(
            "find.answer.found", n=number, what=what, target=target, range=range_said(answer)
        )
    if answer.kind == Kind.AT_ONCE:
        return say("find.answer.at_once", n=ends["low"], what=what, target=target)
    if answer.kind == Kind.UNTOLD:
        return say("find.answer.untold", what=what, target=target, n=ends["high"])
    said = {"what": what, "target": target, "best": str(answer.best), "reached": reached, **ends}
    if answer.kind == Kind.BACKWARDS:
        return say("find.answer.backwards", unit=unit, **said)
    nowhere = say("find.answer.nowhere", unit=unit, **said)
    if answer.lower is None or answer.lower <= search.highest:
        return paragraph(nowhere, say("find.answer.open", range=range_said(answer)))
    return nowhere


def detail(search: Search, answer: Answer, about: About) -> Iterator[str]:
    """Yield what the answer rests on: the outcome at it and one below, today, and doubts."""
    unit = unit_name(search.target.outcome)
    here = None if answer.number is None else answer.at(answer.number)
    below = None if answer.number is None else answer.at(answer.number - 1)
    if here is not None and below is not None:
        outcome = capital(outcome_said(search.target.outcome, f"{about.deadline_days:g}"))
        numbers = {"n": str(here.number), "m": str(below.number)}
        bound = search.target.bound
        levels = {"mean": level(here, bound), "before": level(below, bound)}
        yield say("find.at", outcome=outcome, unit=unit, **numbers, **levels)
    yield say("find.counted", over=group_name(search.target.outcome))
    yield say("find.today", n=str(search.today), what=name_of(search.path))
    if any(one.estimate.n == 1 for one in answer.tried):
        yield say("find.one_repetition")
    for fewer, more in answer.reversals:
        yield say("find.reversal", fewer=str(fewer), more=str(more))
