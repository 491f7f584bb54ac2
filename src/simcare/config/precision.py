"""How precise results are to be: what a config says of it, and everything that is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeGuard

from pydantic import Field, ValidationError

from simcare.analysis.outcomes import Outcome
from simcare.analysis.precision import FEWEST_REPLICATIONS, Precision, looks, named
from simcare.config.messages import Fault, shown
from simcare.config.patch import Case
from simcare.model.scenario import Plan, Scenario
from simcare.model.values import (
    Line,
    Positive,
    PositiveCount,
    Value,
    choice_text,
    nearest,
)
from simcare.study import is_beyond, outcomes_of

PRECISION = "precision"
TIMES = 10  # as many replications at the most as at the least, unless it is said
Scenes = Sequence[tuple[str, Scenario | None]]  # each with what it is called


class Wanted(Value):
    """A precision that is asked for: of which outcome, how narrow, after how many replications.

    ``half_width`` is in the outcome's unit, ``relative`` a share of the base's mean: one of them.
    ``at_least`` is ``replications`` if nothing is said, ``at_most`` ten times as many.
    """

    outcome: Annotated[Line, Field(min_length=1)]
    where: Line = ""
    half_width: Positive | None = None
    relative: Positive | None = None
    at_least: Annotated[PositiveCount, Field(ge=FEWEST_REPLICATIONS)] | None = None
    at_most: PositiveCount | None = None


def asked_of(wanted: Wanted | None) -> Precision | None:
    """Return what is asked for, as those know it who look at it; None if nothing is."""
    if wanted is None:
        return None
    return Precision(wanted.outcome, wanted.where, wanted.half_width, wanted.relative)


def looks_of(wanted: Wanted | None, case: Case, replications: int) -> tuple[int, ...]:
    """Return after how many replications of a case it is looked, where so many are usual.

    A case with a share of the replications has that share of the least and of the most. There are
    no looks where no precision is asked for.
    """
    if wanted is None:
        return ()
    least = wanted.at_least or replications
    first = max(FEWEST_REPLICATIONS, case.replications(least))
    return looks(first, max(first, case.replications(wanted.at_most or TIMES * least)))


def most_of(wanted: Wanted | None, case: Case, replications: int) -> int:
    """Return how many replications a case has at the most, where so many are usual."""
    found = looks_of(wanted, case, replications)
    return found[-1] if found else case.replications(replications)


def imprecise(config: Mapping[str, Any], settings: Plan | None, scenes: Scenes) -> Iterator[Fault]:
    """Yield what is wrong with a precision as written, in itself or in some scenes.

    A scene is None where it could not be made. What is wrong in a part alone is reported with the
    settings.
    """
    yield from _bounds(config)
    plan = settings or _plan(config)
    if plan is not None:
        yield from _unknown(config, plan, scenes)


def _plan(config: Mapping[str, Any]) -> Plan | None:
    """Return the plan in a config whose other settings may be wrong, None if it is wrong itself.

    Neither the seed nor the replications say which outcomes there are.
    """
    given = {name: config[name] for name in Plan.model_fields if name in config}
    try:
        return Plan.model_validate({**given, "seed": 0, "replications": 1})
    except ValidationError:
        return None


def _bounds(config: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong between the parts of a precision, and the number of replications."""
    asked = config.get(PRECISION)
    if not isinstance(asked, Mapping):
        return
    given = [key for key in ("half_width", "relative") if asked.get(key) is not None]
    if len(given) != 1:
        how = "half_width (in the outcome's unit) or relative (a share of the base's mean)"
        yield Fault(PRECISION, f": give {'one of the two' if given else 'one'}: {how}")
    least, most, usual = asked.get("at_least"), asked.get("at_most"), config.get("replications")
    if least is None and _is_count(usual) and usual < FEWEST_REPLICATIONS:
        text = f"with a precision {FEWEST_REPLICATIONS} or more, unless precision.at_least is given"
        yield Fault("replications", f" = {shown(usual)}: {text}")
    least = usual if least is None else least
    if _is_count(least) and _is_count(most) and most < least:
        text = f"must be {least} or more, which there are at the least"
        yield Fault(f"{PRECISION}.at_most", f" = {shown(most)}: {text}")


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _unknown(config: Mapping[str, Any], plan: Plan, scenes: Scenes) -> Iterator[Fault]:
    """Yield why the outcome of a precision cannot be had in some scenes."""
    asked = config.get(PRECISION)
    if not isinstance(asked, Mapping) or not isinstance(name := asked.get("outcome"), str):
        return
    where = asked.get("where")
    wanted = Precision(" ".join(name.split()), where if isinstance(where, str) else "")
    known = {who: outcomes_of(scenario, plan) for who, scenario in scenes if scenario}
    lacking = [who for who, outcomes in known.items() if named(outcomes, wanted) is None]
    if known and len(lacking) == len(known):
        yield _of_none(wanted, [o for outcomes in known.values() for o in outcomes])
    elif lacking:
        text = f"an outcome that every policy has is required; not in {'; '.join(lacking)}"
        yield Fault(f"{PRECISION}.outcome", f" = {shown(wanted.outcome)}: {text}")
    elif days := is_beyond(wanted.outcome, plan):
        measured = f"{plan.horizon_days - plan.warm_up_days:g}"
        text = f"nobody has it: in {measured} days measured, too few are followed for {days:g} days"
        yield Fault(f"{PRECISION}.outcome", f" = {shown(wanted.outcome)}: {text}")


def _of_none(wanted: Precision, known: Sequence[Outcome]) -> Fault:
    """Return what is wrong with an outcome that no scene has: its name, or where it is."""
    names = list(dict.fromkeys(o.name for o in known))
    if wanted.outcome not in names:
        near = nearest(wanted.outcome, names)
        text = f"unknown outcome; allowed: the {len(names)} that summary.csv of a run lists"
        text += f"; did you mean {near}?" if near else ""
        return Fault(f"{PRECISION}.outcome", f" = {shown(wanted.outcome)}: {text}")
    places = list(dict.fromkeys(o.where for o in known if o.name == wanted.outcome))
    if places == [""]:
        text = f" = {shown(wanted.where)}: this outcome is of no stage or capacity: leave it out"
    elif not wanted.where:
        text = f": is required with this outcome; {choice_text('', places)}"
    else:
        text = f" = {shown(wanted.where)}: {choice_text(wanted.where, places)}"
    return Fault(f"{PRECISION}.where", text)
