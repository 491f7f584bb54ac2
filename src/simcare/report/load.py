"""Are there places enough: in words and as a table, before a run and in its report."""

import math
from collections.abc import Sequence

from simcare.analysis.estimates import round_to_range
from simcare.analysis.load import Load, Loaded, Supply
from simcare.analysis.records import part_name
from simcare.report.answer import Titles
from simcare.report.words import capital, count, listed, say

MOST_BESIDE = 3  # scenarios of a case that are told one by one
MOST_NAMED = 4  # capacities that are named one by one
FEW = 10  # places
HARDLY = 0.5  # of 100: fewer than that are said to be fewer than one

Rows = list[tuple[str, ...]]
Said = tuple[Supply, str]


def verdict(scenarios: Sequence[Loaded], titles: Titles) -> list[Said]:
    """Return whether there are places enough, in sentences, each with how things are.

    The first case's policies are told one by one, the other scenarios together. Nothing is said of
    services that nobody asks for a place.
    """
    known = [scenario for scenario in scenarios if scenario.loads]
    if not known:
        return []
    first = told_apart(known)
    others = [s for s in known if s not in first]
    said = [_policy(scenario, titles) for scenario in first]
    if others:
        said.append(_others(others, titles))
    if any(supply in (Supply.SHORT, Supply.UNSURE) for supply, _ in said):
        said.append((Supply.ENOUGH, say("load.meant")))
    return said


def beside(scenarios: Sequence[Loaded], titles: Titles) -> tuple[tuple[str, ...], Rows]:
    """Return header and rows of a table: for each capacity what each policy asks of it.

    The policies are those that ``verdict`` tells one by one; the rows those of the first of them,
    the fullest first.
    """
    scenarios = told_apart(scenarios)
    header = (say("page.capacities.name"), *(titles.of(s.policy) for s in scenarios))
    rows = []
    for load in _fullest(_whole(scenarios[0])):
        mine = (cell(_find(s, load), _is_split(s, load)) for s in scenarios)
        rows.append((spoken(load), *mine))
    return header, rows


def told_apart(scenarios: Sequence[Loaded]) -> list[Loaded]:
    """Return the scenarios that are told one by one: the first policies of the first case."""
    known = [scenario for scenario in scenarios if scenario.loads]
    return [s for s in known if s.case == known[0].case][:MOST_BESIDE]


def spoken(load: Load) -> str:
    """Return how a capacity, or a part of it, is named to readers."""
    return part_name(load.capacity, load.category).replace("_", " ")


def cell(load: Load | None, is_split: bool = False) -> str:
    """Return in a few words what is asked of a capacity, and whether that is too much.

    Of one that ``is_split``, some parts may have too little though all of it has not.
    """
    if load is None:
        return say("ui.no_data")
    if load.supply == Supply.UNUSED:
        return say("load.cell.unused")
    said = {"asked": _asked(load), "places": _places(load), "of_100": _of_100(load, load.offered)}
    if is_split and load.supply == Supply.SHORT and load.lower <= load.usable:
        return say("load.cell.in_parts", **said)
    if is_split and load.supply == Supply.UNSURE and load.upper <= load.usable:
        return say("load.cell.unsure_in_parts", **said)
    return say(f"load.cell.{load.supply}", **said)


# --- sentences -----------------------------------------------------------------------------------


def _policy(scenario: Loaded, titles: Titles) -> Said:
    """Return what there is most of a lack of, or what is fullest, with one policy.

    Where it depends on how full places are who comes for some of them, that is said too: then
    nothing is said to be enough.
    """
    depend = [load for load in _fullest(scenario.apart) if load.supply == Supply.DEPENDS]
    known = [load for load in _fullest(scenario.apart) if load.supply != Supply.DEPENDS]
    if not depend:
        return _bottleneck(known, titles.of(scenario.policy))
    supply, text = Supply.UNUSED, ""
    if known:
        supply, text = _bottleneck(known, titles.of(scenario.policy))
    if supply not in (Supply.SHORT, Supply.UNSURE):
        supply, text = Supply.DEPENDS, say("load.open", policy=titles.of(scenario.policy))
    named = [spoken(load) for load in depend[:MOST_NAMED]]
    if more := len(depend) - len(named):
        named.append(count("load.more", str(more)))
    return supply, capital(text) + " " + say("load.depends", capacities=listed(named))


def _bottleneck(order: Sequence[Load], policy: str) -> Said:
    """Return what there is most of a lack of, or what is fullest: the first of some loads."""
    first = order[0]
    if first.supply == Supply.SHORT and first.usable == 0:
        return Supply.SHORT, capital(
            say("load.none", policy=policy, capacity=spoken(first))
        ) + _short_too(order[1:])
    said = {
        "policy": policy,
        "capacity": spoken(first),
        "asked": _asked(first),
        "places": _places(first),
        "of_100": _of_100(first, first.offered),
    }
    if first.supply == Supply.SHORT:
        least, low, high = map(_least, (first.least, first.least_lower, first.least_upper))
        text = say("load.short", **said, least=least, low=low, high=high)
        return Supply.SHORT, capital(text) + _short_too(order[1:])
    if first.supply == Supply.UNSURE:
        ends = (_of_100(first, first.lower), _of_100(first, first.upper))
        return Supply.UNSURE, capital(say("load.unsure", **said, low=ends[0], high=ends[1]))
    if first.supply == Supply.UNUSED:
        return Supply.UNUSED, capital(say("load.unused", policy=policy))
    return Supply.ENOUGH, capital(say("load.enough", **said))


def _short_too(rest: Sequence[Load]) -> str:
    """Return what else is short, after a sentence; empty if nothing is."""
    short = _short(rest)
    named = [
        say("load.named", capacity=spoken(load), least=_least(load.least))
        for load in short[:MOST_NAMED]
    ]
    if more := len(short) - len(named):
        named.append(count("load.more", str(more)))
    return " " + say("load.short_too", capacities=listed(named)) if named else ""


def _short(loads: Sequence[Load]) -> list[Load]:
    return [load for load in loads if load.supply == Supply.SHORT]


def _others(scenarios: Sequence[Loaded], titles: Titles) -> Said:
    """Return in how many of the other scenarios something is short, and where most."""
    n = str(len(scenarios))
    known = [(s, _short(_fullest(s.apart))) for s in scenarios]
    short = [(s, loads[0]) for s, loads in known if loads]
    if not short:
        depend = any(x.supply == Supply.DEPENDS for s in scenarios for x in _fullest(s.apart))
        if depend:
            return Supply.DEPENDS, count("load.others_open", n)
        return Supply.ENOUGH, count("load.others_none", n)
    where, most = max(short, key=lambda found: found[1].least)
    named = {"capacity": spoken(most), "least": _least(most.least)}
    policy, case = titles.of(where.policy), titles.of_case(where.case)
    return Supply.SHORT, count(
        "load.others", n, k=str(len(short)), **named, policy=policy, case=case
    )


# --- numbers -------------------------------------------------------------------------------------


def _whole(scenario: Loaded) -> list[Load]:
    return [load for load in scenario.loads if not load.category]


def _find(scenario: Loaded, like: Load) -> Load | None:
    """Return a scenario's load of the same capacity, None if it has no such capacity."""
    return next((x for x in _whole(scenario) if x.capacity == like.capacity), None)


def _is_split(scenario: Loaded, like: Load) -> bool:
    return any(load.category for load in scenario.loads if load.capacity == like.capacity)


def _fullest(loads: Sequence[Load]) -> list[Load]:
    """Return loads in order, those first of which most is asked for each place."""

    def each(load: Load) -> float:
        if load.usable == 0:
            return math.inf if load.supply == Supply.SHORT else -1.0
        return load.per_place

    return sorted(loads, key=lambda load: (-each(load), load.capacity, load.category))


def _asked(load: Load) -> str:
    return round_to_range(load.offered, (load.upper - load.lower) / 2 or 1.0)


def _places(load: Load) -> str:
    """Return how many can be busy: of a few that are no whole number, two decimals, else one."""
    if load.usable == int(load.usable):
        return round_to_range(load.usable, 1.0)
    return round_to_range(load.usable, 0.01 if load.usable < FEW else 0.1)


def _of_100(load: Load, asked: float) -> str:
    if load.usable == 0:
        return say("ui.not_relevant")
    return round_to_range(100.0 * asked / load.usable, 1.0)


def _least(least: float) -> str:
    return say("fmt.fewer_than_one") if 0 < least < HARDLY else round_to_range(least, 1.0)
