"""Where a pathway leads: targets of routes, and what is wrong with a set of stages as a whole.

The checks read the stages as they were written, before or after they are known to be well formed,
so that a wrong route and a wrong number are reported together. What cannot be read is passed over
here; it is reported where it is read.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic_core import InitErrorDetails

from simcare.model.values import choice_text, problem

OUT = "out"
RETURN = "return"
RETURN_TO = "return to "
NO_EXIT = "a stage without exit: give stay_days, or a clock in the condition while_there"
CAUSES = ("completed", "left", "dropped_out", "relapsed", "died", "missed", "moved")
CLOCKS = {"leave": "left", "drop_out": "dropped_out", "relapse": "relapsed", "die": "died"}

TESTS = ("when", "where", "due")  # of a case

Problem = InitErrorDetails
Raw = Mapping[str, Any]


def as_map(value: Any) -> Raw:
    """Return ``value`` if it is a mapping (with None as an empty one), else an empty mapping."""
    return value if isinstance(value, Mapping) else {}


def named(things: Raw, name: Any) -> Raw:
    """Return the mapping under a name, empty if it is none or the name is no text."""
    return as_map(things.get(name)) if isinstance(name, str) else {}


def fault(loc: tuple[str | int, ...], given: object, message: str) -> Problem:
    """Return a problem at a path, in the form in which all problems of a config are gathered."""
    return InitErrorDetails(type=problem(message), loc=loc, input=given)


def destination(target: str) -> tuple[str | None, bool]:
    """Return the stage that a target names (None: out, or the way in) and whether it returns."""
    if target == OUT:
        return None, False
    if target == RETURN:
        return None, True
    if target.startswith(RETURN_TO):
        return target[len(RETURN_TO) :].strip(), True
    return target, False


def asked_for(stage: Any) -> tuple[str, ...]:
    """Return the capacities that a stage as written asks for, in their order."""
    given = as_map(stage).get("asks_for")
    named = (given,) if isinstance(given, str) else given
    return tuple(n for n in named if isinstance(n, str)) if isinstance(named, list | tuple) else ()


def targets(onward: Any) -> Iterator[str]:
    """Yield every target named in one ``next`` entry, in any of its three notations."""
    if isinstance(onward, str):
        yield onward
    elif isinstance(onward, Mapping):
        yield from (t for t in onward if isinstance(t, str))
    elif isinstance(onward, list | tuple):
        for case in onward:
            yield from targets(as_map(case).get("to"))


def _edges(stage: Any, entries: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (cause, stage reached) of one stage; a return by the way in reaches every way in."""
    for cause, onward in as_map(as_map(stage).get("next")).items():
        for target in targets(onward):
            name, returns = destination(target)
            if name is not None:
                yield cause, name
            elif returns:
                yield from ((cause, entry) for entry in entries)


def reached_by(stage: Raw, cause: str) -> set[str]:
    """Return the stages that a visit ending so leads to in the same episode."""
    reached = map(destination, targets(as_map(stage.get("next")).get(cause)))
    return {to for to, returns in reached if to is not None and not returns}


def leading_to(stages: Raw, ends: Collection[str]) -> set[str]:
    """Return the stages from which one of ``ends`` may start in the same episode, and these."""
    leads = {
        name: {to for cause in as_map(stage.get("next")) for to in reached_by(stage, cause)}
        for name, stage in ((n, as_map(s)) for n, s in stages.items())
    }
    found = set(ends)
    while more := {name for name, to in leads.items() if to & found} - found:
        found |= more
    return found


def _reached(start: list[str], edges: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(edges.get(name, ()))
    return seen


def _cycle(edges: Mapping[str, set[str]]) -> list[str]:
    """Return the names along some cycle, or an empty list."""
    for start in sorted(edges):
        path: list[str] = []
        todo = [(start, 0)]
        seen: set[str] = set()
        while todo:
            name, depth = todo.pop()
            del path[depth:]
            if name == start and path:
                return [*path, start]
            if name in seen and name != start:
                continue
            seen.add(name)
            path.append(name)
            todo.extend((to, depth + 1) for to in sorted(edges.get(name, ())))
    return []


def running(conditions: Raw, name: Any) -> set[str]:
    """Return the clocks that run in a condition (an unknown or missing one runs none)."""
    return {c for c in CLOCKS if named(conditions, name).get(c) is not None}


def _is_instant(conditions: Raw, name: Any, clock: str) -> bool:
    law = as_map(as_map(named(conditions, name).get(clock)).get("after_days"))
    return law.get("fixed") == 0 and not isinstance(law.get("fixed"), bool)


def causes_of(stage: Raw, conditions: Raw) -> set[str]:
    """Return the ways in which a visit to this stage can end."""
    causes = {CLOCKS[c] for c in running(conditions, stage.get("while_there"))}
    if asked_for(stage):
        causes |= {CLOCKS[c] for c in running(conditions, stage.get("while_waiting"))}
        causes |= {"missed"} if stage.get("offer") is not None else set()
    if stage.get("stay_days") is not None:
        causes.add("completed")
    return causes


def _timeless(stage: Raw, conditions: Raw) -> set[str]:
    """Return the ways in which a visit can end in the very tick in which it began."""
    causes = set()
    if as_map(stage.get("stay_days")).get("fixed") == 0:
        causes.add("completed")
    phases = [stage.get("while_there")]
    if asked_for(stage):
        phases.append(stage.get("while_waiting"))
    if stage.get("offer") is not None and not as_map(stage.get("offer")).get("lost_days"):
        causes.add("missed")
    if as_map(stage.get("reviewed")).get("after_days") == 0:
        causes.add("moved")
    for condition in phases:
        causes |= {CLOCKS[c] for c in CLOCKS if _is_instant(conditions, condition, c)}
    return causes


def _route_problems(name: str, stage: Raw, stages: Raw) -> Iterator[Problem]:
    known = [str(s) for s in stages]
    for cause, onward in as_map(stage.get("next")).items():
        for target in targets(onward):
            to, _ = destination(target)
            if to is not None and to not in stages:
                allowed = choice_text(to, [*known, OUT, RETURN, f"{RETURN_TO}<stage>"])
                yield fault(("stages", name, "next", cause), target, f"unknown stage; {allowed}")


def _end_problems(name: str, stage: Raw, conditions: Raw) -> Iterator[Problem]:
    onward = as_map(stage.get("next"))
    if stage.get("stay_days") is None and not running(conditions, stage.get("while_there")):
        yield fault(("stages", name), stage, NO_EXIT)
    if not isinstance(stage.get("next"), Mapping):
        return  # that is reported where it is read
    for cause in sorted(causes_of(stage, conditions) - {"died", *onward}):
        yield fault(("stages", name, "next", cause), onward, f"where next when {cause}? none said")
    for cause, rule in (("missed", "offer"), ("moved", "reviewed")):
        if cause in onward and stage.get(rule) is None:
            message = f"no visit ends so: give {rule}, or leave this out"
            yield fault(("stages", name, "next", cause), onward[cause], message)
    for cause, cases in onward.items():
        yield from _order_problems(("stages", name, "next", str(cause)), str(cause), cases)


def _order_problems(path: tuple[str, ...], cause: str, cases: Any) -> Iterator[Problem]:
    """Yield where a list of cases has none for everybody, or one that hides those after it.

    Who is in no case of ``moved`` stays on the list: it needs none for everybody.
    """
    if not isinstance(cases, list | tuple):
        return
    tested = [any(as_map(case).get(key) for key in TESTS) for case in cases]
    if tested and tested[-1] and cause != "moved":
        yield fault(path, cases, "the last case must be for everybody: without a test")
    if not all(tested[:-1]):
        yield fault(path, cases, "a case without a test hides those after it: put it last")


def _reference_problems(name: str, stage: Raw, service: Raw) -> Iterator[Problem]:
    wanted: list[tuple[str, str, Any]]
    wanted = [("asks_for", "capacities", given) for given in asked_for(stage)]
    wanted += [(key, "conditions", stage.get(key)) for key in ("while_waiting", "while_there")]
    for key, where, given in wanted:
        known = [str(k) for k in as_map(service.get(where))]
        if isinstance(given, str) and given not in known:
            message = f"not among the {where}; {choice_text(given, known)}"
            yield fault(("stages", name, key), given, message)
    if len(set(asked_for(stage))) < len(asked_for(stage)):
        message = "a capacity is there twice"
        yield fault(("stages", name, "asks_for"), stage["asks_for"], message)
    if stage.get("while_waiting") is not None and not asked_for(stage):
        message = "nobody waits where no capacity is asked for: give asks_for, or use while_there"
        yield fault(("stages", name, "while_waiting"), stage["while_waiting"], message)
    if stage.get("stay_times") and stage.get("stay_days") is None:
        message = "there is no length to multiply: give stay_days"
        yield fault(("stages", name, "stay_times"), stage, message)
    for key, what in (("hold", "capacity to hold"), ("offer", "place"), ("reviewed", "list")):
        if stage.get(key) not in (None, False) and not asked_for(stage):
            message = f"there is no {what}: give asks_for"
            yield fault(("stages", name, key), stage[key], message)
    yield from _alone_problems(name, stage, as_map(service.get("capacities")))


ALONE = {"bought": "is bought", "together": "is given to several together"}


def _alone_problems(name: str, stage: Raw, capacities: Raw) -> Iterator[Problem]:
    """Yield where a place would be kept or be one of several that cannot.

    A bought place has an end, and one that is given to a group waits for others.
    """
    if stage.get("hold") is not True and len(asked_for(stage)) <= 1:
        return
    for key, why in ALONE.items():
        such = [c for c in asked_for(stage) if named(capacities, c).get(key) is not None]
        if such:
            message = f"{such[0]} {why}: it is asked for alone, and cannot be held"
            yield fault(("stages", name, "asks_for"), stage["asks_for"], message)
            return


def _case_problems(service: Raw, name: str, stage: Raw) -> Iterator[Problem]:
    """Yield where cases speak of capacities or deadlines that are not there."""
    for cause, cases in as_map(stage.get("next")).items():
        for k, case in enumerate(cases if isinstance(cases, list | tuple) else ()):
            for key, where in (("where", "capacities"), ("due", "deadlines")):
                known = [str(n) for n in as_map(service.get(where))]
                for given in as_map(as_map(case).get(key)):
                    if given not in known:
                        message = f"not among the {where}; {choice_text(given, known)}"
                        path = ("stages", name, "next", str(cause), k, key, str(given))
                        yield fault(path, given, message)


def _list_problems(service: Raw) -> Iterator[Problem]:
    """Yield where the order of a list goes by a deadline that is not there."""
    known = [str(n) for n in as_map(service.get("deadlines"))]
    for name, capacity in as_map(service.get("capacities")).items():
        given = as_map(as_map(capacity).get("order")).get("deadline")
        if isinstance(given, str) and given not in known:
            message = f"not among the deadlines; {choice_text(given, known)}"
            yield fault(("capacities", str(name), "order", "deadline"), given, message)


def _holding_problems(stages: Raw, capacities: Raw) -> Iterator[Problem]:
    """Circular holding is a deadlock: A holds a place and waits for B, B the reverse.

    What counts is the capacity, whatever the stage: a stage leads to all that hold a place of what
    it waits for. What is held already is not waited for.
    """
    asks = {name: set(asked_for(stage)) for name, stage in stages.items()}
    waits_for = {
        name: {
            capacity
            for target in targets(as_map(as_map(stage).get("next")).get("completed"))
            if (to := destination(target)[0]) is not None and not destination(target)[1]
            for capacity in asks.get(to, set()) - asks[name]
        }
        for name, stage in stages.items()
        if as_map(stage).get("hold") is True and asks[name]
    }
    yield from _held_for_a_group(waits_for, capacities)
    holding = {a: {b for b in waits_for if asks[b] & waits_for[a]} for a in waits_for}
    if cycle := _cycle(holding):
        message = f"stages that hold places for one another in a circle: {' -> '.join(cycle)}"
        yield fault(("stages", cycle[0], "hold"), True, message)


def _held_for_a_group(waits_for: Mapping[str, set[str]], capacities: Raw) -> Iterator[Problem]:
    """Yield which stages hold a place until a group is full: others may need it to join."""
    for name, wanted in waits_for.items():
        such = sorted(c for c in wanted if named(capacities, c).get("together") is not None)
        if such:
            message = (
                f"next comes {such[0]}, which is given to several together: those who hold a place "
                "could be too few for a group, and would wait for ever"
            )
            yield fault(("stages", name, "hold"), True, message)


def _use_problems(service: Raw, stages: Raw) -> Iterator[Problem]:
    if not all(isinstance(stage, Mapping) for stage in stages.values()):
        return  # what a stage that cannot be read uses is not known
    every = list(stages.values())
    used = {
        "capacities": [name for stage in every for name in asked_for(stage)],
        "conditions": [stage.get(k) for stage in every for k in ("while_waiting", "while_there")],
    }
    for key, names in used.items():
        for name in as_map(service.get(key)):
            if name not in names:
                yield fault((key, str(name)), service, "no stage uses it")


def _graph_problems(service: Raw, stages: Raw) -> Iterator[Problem]:
    conditions = as_map(service.get("conditions"))
    ways_in = as_map(service.get("ways_in"))
    entries = [e for w in ways_in.values() if isinstance(e := as_map(w).get("stage"), str)]
    edges = {name: {to for _, to in _edges(stage, entries)} for name, stage in stages.items()}
    reached = _reached(entries, edges)
    for name in stages:
        if name not in reached and entries:
            message = "unreachable: no way in and no route leads here"
            yield fault(("stages", name), stages, message)
    instant = {
        name: {to for cause, to in _edges(stage, entries) if cause in _timeless(stage, conditions)}
        for name, stage in ((n, as_map(s)) for n, s in stages.items())
    }
    if cycle := _cycle(instant):
        message = f"a loop without time: {' -> '.join(cycle)}; some stay in it must take time"
        yield fault(("stages", cycle[0]), stages, message)


def _milestone_problems(service: Raw, stages: Raw) -> Iterator[Problem]:
    known = [str(s) for s in stages]
    for key, value in as_map(service.get("milestones")).items():
        for name in value if isinstance(value, list | tuple) else []:
            if isinstance(name, str) and name not in stages:
                message = f"unknown stage; {choice_text(name, known)}"
                yield fault(("milestones", str(key)), name, message)


def problems(service: Any) -> list[Problem]:
    """Return what is wrong with the stages of a service as written, taken together."""
    raw = as_map(service)
    stages = {str(k): v for k, v in as_map(raw.get("stages")).items()}
    conditions = as_map(raw.get("conditions"))
    found: list[Problem] = []
    if not stages:
        return found  # that alone is wrong
    for name, stage in ((n, s) for n, s in stages.items() if isinstance(s, Mapping)):
        found += _route_problems(name, stage, stages)
        found += _end_problems(name, stage, conditions)
        found += _reference_problems(name, stage, raw)
        found += _case_problems(raw, name, stage)
    for way, entry in as_map(raw.get("ways_in")).items():
        given = as_map(entry).get("stage")
        if isinstance(given, str) and given not in stages:
            message = f"unknown stage; {choice_text(given, list(stages))}"
            found.append(fault(("ways_in", str(way), "stage"), given, message))
    found += _list_problems(raw)
    found += _holding_problems(stages, as_map(raw.get("capacities")))
    found += _use_problems(raw, stages)
    found += _graph_problems(raw, stages)
    found += _milestone_problems(raw, stages)
    return found
