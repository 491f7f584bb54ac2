"""One client's way in words: what happened on which day, under policies side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import zip_longest

from simcare.analysis.spans import MARKS, Life
from simcare.analysis.trace import GONE, LATER, SOONER, WAIT, Choice, Client, Step
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
    episode), None if treatment never started. ``marks`` are the ticks of what marks a life, by name
    (one of MARKS), and ``life`` its stretches of time.
    """

    policy: str
    steps: tuple[Step, ...]
    treated: tuple[int, int] | None
    marks: Mapping[str, int] = field(default_factory=dict)
    life: Life = field(default_factory=Life)


@dataclass(frozen=True)
class Trace:
    """What is told of one client of one replication.

    ``start`` is the day of tick 0, ``case`` the title of the case and ``case_name`` its name.
    ``choice`` is how the client was chosen, None if the reader did. ``traits`` are the attributes
    at the first asking, by name, as far as they are known.
    """

    client: Client
    replication: int
    case: str
    start: date
    ways: tuple[Way, ...]
    choice: Choice | None = None
    traits: Mapping[str, str] = field(default_factory=dict)
    case_name: str = ""


def told(trace: Trace, width: int) -> Iterator[Sheet | str]:
    """Yield what is printed of a trace for a terminal of so many letters, in its order."""
    number, case = str(trace.replication), trace.case
    asking = [way for way in trace.ways if way.steps]
    yield say("trace.title", client=str(trace.client), n=number, case=case)
    if trace.choice is not None:
        yield _chosen(trace.choice, [way.policy for way in trace.ways])
    if trace.traits:
        yield _traits(trace.traits)
    if len(asking) == 2 and (sheet := marked_days(trace)).rows:
        yield sheet
    if DATE_COLUMN + LEAST_COLUMN * len(trace.ways) <= width:
        yield _side_by_side(trace)
    else:
        yield from _one_below_the_other(trace)
    if len(trace.ways) > 1:
        yield _difference(trace)
    yield "\n".join(capital(summary(way, trace.start)) for way in trace.ways if way.steps)
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
        found.append((day_of(step.tick, start), said))
    return tuple(found)


def first_difference(ways: Sequence[Way], start: date) -> date | None:
    """Return the first day on which something else happens under one policy than under another.

    What happens is what, where and on which day; None if that is the same throughout.
    """
    told = [[(day_of(s.tick, start), s.event, s.stage) for s in way.steps] for way in ways]
    for here in zip_longest(*told):
        if len(set(here)) > 1:
            return min(step[0] for step in here if step is not None)
    return None


# --- sentences -----------------------------------------------------------------------------------


def day_of(tick: int, start: date) -> date:
    """Return the day of a tick."""
    return start + timedelta(days=tick // TICKS_PER_DAY)


def written(day: date) -> str:
    """Return a day with its month in words."""
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
    if choice.rule in (LATER, SOONER):
        first, second, *_ = policies
        days, others = count("unit.day", f"{choice.least_days:g}"), f"{choice.others:,}"
        key = "trace.chosen.later" if choice.rule == LATER else "trace.chosen.sooner"
        how = say(key, n=n, first=first, second=second, days=days, others=others)
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
    return say("trace.differs", date=written(day), mark=MARK)


def summary(way: Way, start: date) -> str:
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
    last, day = steps[-1], written(day_of(steps[-1].tick, start))
    if last.event == GONE:
        return say("trace.end_gone", what=sentence(steps[-2]), date=day)
    return say("trace.end", what=sentence(last), date=day)


# --- tables --------------------------------------------------------------------------------------


def marked_days(trace: Trace) -> Sheet:
    """Return when a client came to what marks a life, under two policies, and how far apart."""
    first, second = trace.ways
    rows = []
    for mark in MARKS:
        a, b = (way.marks.get(mark) for way in trace.ways)
        if a is None and b is None:
            continue
        if mark == "bed" and all(w.marks.get(mark) == w.marks.get("treatment") for w in trace.ways):
            continue
        days = [
            say("trace.never") if t is None else written(day_of(t, trace.start)) for t in (a, b)
        ]
        rows.append((say(f"trace.mark.{mark}"), *days, apart(a, b, second.policy)))
    header = (say("trace.mark"), first.policy, second.policy, say("difference"))
    return Sheet("", header, tuple(rows))


def apart(first: int | None, second: int | None, policy: str) -> str:
    """Return how far apart two ticks are, in days of the calendar, the second from the first.

    ``policy`` is that of the second.
    """
    if second is None:
        return say("trace.not_with", policy=policy)
    if first is None:
        return say("trace.only_with", policy=policy)
    days = second // TICKS_PER_DAY - first // TICKS_PER_DAY
    if days == 0:
        return say("trace.same_day")
    said = count("unit.day", str(abs(days)))
    return say("trace.later" if days > 0 else "trace.sooner", days=said)


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
        (MARK if day == marked else "", written(day), *_beside([c.get(day, "") for c in columns]))
        for day in days
    )
    return Sheet(title, ("", say("trace.day"), *header), tuple(rows))


def _beside(cells: list[str]) -> list[str]:
    """Return what happened on a day, said once where it is the same under every policy."""
    if len(cells) > 1 and len(set(cells)) == 1:
        return [cells[0], *[say("trace.as_well")] * (len(cells) - 1)]
    return cells
