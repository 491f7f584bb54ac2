"""One client's way in words: what happened on which day, under policies side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import zip_longest

from simcare.analysis.trace import GONE, WAIT, WAITS_DIFFER, Choice, Client, Step
from simcare.kernels.tables import TICKS_PER_DAY
from simcare.report.terminal import Sheet
from simcare.report.words import capital, catalogue, count, listed, paragraph, places, say

LEAST_COLUMN = 32  # letters: narrower columns of sentences are told one below the other
DATE_COLUMN = 24  # letters: the mark and the longest date, with what stands between columns
MARK = ">"


@dataclass(frozen=True)
class Way:
    """A client's way under one policy: its title, the steps, and when treatment first started.

    ``steps`` are empty if the client does not ask under this policy; ``treated`` is (tick,
    episode), None if treatment never started.
    """

    policy: str
    steps: tuple[Step, ...]
    treated: tuple[int, int] | None


@dataclass(frozen=True)
class Trace:
    """What is told of one client of one replication.

    ``start`` is the day of tick 0, ``case`` the title of the case. ``choice`` is how the client was
    chosen, None if the reader did. ``traits`` are the attributes at the first asking, by name, as
    far as they are known.
    """

    client: Client
    replication: int
    case: str
    start: date
    ways: tuple[Way, ...]
    choice: Choice | None = None
    traits: Mapping[str, str] = field(default_factory=dict)


def told(trace: Trace, width: int) -> Iterator[Sheet | str]:
    """Yield what is printed of a trace for a terminal of so many letters, in its order."""
    number, case = str(trace.replication), trace.case
    yield say("trace.title", client=str(trace.client), n=number, case=case)
    if trace.choice is not None:
        yield _chosen(trace.choice, [way.policy for way in trace.ways])
    if trace.traits:
        yield _traits(trace.traits)
    if DATE_COLUMN + LEAST_COLUMN * len(trace.ways) <= width:
        yield _side_by_side(trace)
    else:
        yield from _one_below_the_other(trace)
    if len(trace.ways) > 1:
        yield _difference(trace)
    yield "\n".join(capital(_summary(way, trace.start)) for way in trace.ways if way.steps)
    yield say("say.simulated")


def dated(steps: Sequence[Step], start: date) -> tuple[tuple[date, str], ...]:
    """Return steps as sentences, each with its day; ``start`` is the day that begins with tick 0.

    Motivation and severity are said where they are others than those said last.
    """
    found, last = [], ""
    for step in steps:
        said, states = sentence(step), _states(step)
        if states not in ("", last):
            said, last = say("trace.with_states", what=said, states=states), states
        found.append((_day(step.tick, start), said))
    return tuple(found)


def first_difference(ways: Sequence[Way], start: date) -> date | None:
    """Return the first day on which something else happens under one policy than under another.

    What happens is what, where and on which day; None if that is the same throughout.
    """
    told = [[(_day(s.tick, start), s.event, s.stage) for s in way.steps] for way in ways]
    for here in zip_longest(*told):
        if len(set(here)) > 1:
            return min(step[0] for step in here if step is not None)
    return None


# --- sentences -----------------------------------------------------------------------------------


def _day(tick: int, start: date) -> date:
    return start + timedelta(days=tick // TICKS_PER_DAY)


def _written(day: date) -> str:
    return say(
        "trace.date", day=str(day.day), month=say(f"trace.month.{day.month}"), year=str(day.year)
    )


def _days(since: int, tick: int) -> str:
    """Return a length in days of the calendar, so that it fits the dates that are shown."""
    days = tick // TICKS_PER_DAY - since // TICKS_PER_DAY
    return count("unit.day", str(days)) if days else say("trace.within_a_day")


def sentence(step: Step) -> str:
    """Return what a step says, without its day."""
    asked_for = places(catalogue()[f"trace.step.{step.event}"])
    values = {"stage": _spoken(step.stage), "days": _days(step.since, step.tick)}
    return say(f"trace.step.{step.event}", **{name: values[name] for name in asked_for})


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _states(step: Step) -> str:
    """Return a step's motivation and severity; empty if they were not written down."""
    if step.motivation is None or step.severity is None:
        return ""
    motivation, severity = f"{step.motivation:.2f}", f"{step.severity:.2f}"
    return say("trace.states", motivation=motivation, severity=severity)


def _chosen(choice: Choice, policies: Sequence[str]) -> str:
    n = f"{choice.among:,}"
    if choice.rule == WAITS_DIFFER:
        how = say("trace.chosen.waits_differ", n=n, first=policies[0], second=policies[1])
    else:
        how = say("trace.chosen.wait" if choice.rule == WAIT else "trace.chosen.when_asked", n=n)
    return paragraph(how, say("trace.chosen.followed") if choice.followed else "")


def _traits(traits: Mapping[str, str]) -> str:
    known = [
        say("trace.trait", name=_spoken(name), value=_spoken(value))
        for name, value in traits.items()
    ]
    return say("trace.traits", traits=listed(known))


def _difference(trace: Trace) -> str:
    absent = [way.policy for way in trace.ways if not way.steps]
    if absent:
        return say("trace.does_not_ask", policies=listed(absent))
    day = first_difference(trace.ways, trace.start)
    if day is None:
        return say("trace.same")
    return say("trace.differs", date=_written(day), mark=MARK)


def _summary(way: Way, start: date) -> str:
    """Return the whole story under a policy that the client asks under, in a sentence."""
    end = _end(way.steps, start)
    if way.treated is None:
        return say("trace.summary.never", policy=way.policy, end=end)
    tick, episode = way.treated
    days = _days(way.steps[0].tick, tick)
    key = "trace.summary.treated" if episode == 1 else "trace.summary.treated_later"
    return say(key, policy=way.policy, days=days, end=end)


def _end(steps: Sequence[Step], start: date) -> str:
    """Return how it ended; that nothing more came is said with what came before it."""
    last, day = steps[-1], _written(_day(steps[-1].tick, start))
    if last.event == GONE:
        return say("trace.end_gone", what=sentence(steps[-2]), date=day)
    return say("trace.end", what=sentence(last), date=day)


# --- tables --------------------------------------------------------------------------------------


def _by_day(way: Way, start: date) -> dict[date, str]:
    """Return what happened on each day, a line for each sentence."""
    found: dict[date, list[str]] = {}
    for day, said in dated(way.steps, start):
        found.setdefault(day, []).append(said)
    return {day: "\n".join(said) for day, said in found.items()}


def _side_by_side(trace: Trace) -> Sheet:
    """Return the ways as a table: a row for each day, a column for each policy."""
    columns = [_by_day(way, trace.start) for way in trace.ways]
    header = tuple(way.policy for way in trace.ways)
    return _sheet(trace, "", header, columns)


def _one_below_the_other(trace: Trace) -> Iterator[Sheet]:
    for way in trace.ways:
        if way.steps:
            what = (say("trace.what"),)
            yield _sheet(trace, way.policy, what, [_by_day(way, trace.start)])


def _sheet(
    trace: Trace, title: str, header: tuple[str, ...], columns: Sequence[Mapping[date, str]]
) -> Sheet:
    """Return a table of days, the day of the first difference marked."""
    marked = first_difference(trace.ways, trace.start)
    days = sorted({day for column in columns for day in column})
    rows = (
        (MARK if day == marked else "", _written(day), *(column.get(day, "") for column in columns))
        for day in days
    )
    return Sheet(title, ("", say("trace.day"), *header), tuple(rows))
