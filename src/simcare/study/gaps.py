"""What a study leaves open without being wrong: ways in past a deadline, numbers of no source."""

from collections.abc import Mapping
from dataclasses import dataclass

from simcare.model.deadlines import Deadline
from simcare.model.pathway import destination
from simcare.model.service import Service
from simcare.study.values import Study


@dataclass(frozen=True)
class Gaps:
    """What readers are told of a study that is run all the same.

    ``ways_past`` are, for each deadline that begins with an asking, the ways in by which some come
    to what it is about without having begun it, under whichever policy; ``without_source`` the
    parts of the config with numbers that no source is given for.
    """

    ways_past: Mapping[str, tuple[str, ...]]
    without_source: tuple[str, ...]


def gaps(study: Study) -> Gaps:
    """Return what a study leaves open."""
    past: dict[str, dict[str, None]] = {}
    for scene in study.scenes:
        for deadline, ways in ways_past(scene.scenario.service).items():
            past.setdefault(deadline, {}).update(dict.fromkeys(ways))
    return Gaps(
        {deadline: tuple(ways) for deadline, ways in past.items()},
        tuple(path for path, source in study.sources.items() if not source),
    )


def ways_past(service: Service) -> dict[str, tuple[str, ...]]:
    """Return, for each deadline with ``from``, the ways in by which some come to ``to`` past it.

    They enter, or get, where they ask for one of ``to`` and have asked for none of ``from`` before.
    Ways in that nobody uses do not count, nor do deadlines without such ways in.
    """
    own = [stream for stream in service.arrivals.values() if stream.rate_per_day > 0]
    shares = [stream.ways_in for stream in own if stream.ways_in is not None]
    if any(stream.ways_in is None for stream in own):
        shares.append({name: way.share for name, way in service.ways_in.items()})
    used = [name for name in service.ways_in if any(each.get(name, 0) > 0 for each in shares)]
    found = {}
    for name, deadline in service.deadlines.items():
        begins = set(deadline.from_ or ())
        past = [way for way in used if _gets_past(service, service.ways_in[way].stage, deadline)]
        if begins and past:
            found[name] = tuple(past)
    return found


def _gets_past(service: Service, stage: str, deadline: Deadline) -> bool:
    """Return whether ``to`` can be asked for from a stage on without asking for ``from``."""
    begins, ends = set(deadline.from_ or ()), set(deadline.to)
    seen, todo = set(begins), [stage]
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        if here in ends:
            return True
        seen.add(here)
        cases = (case for each in service.stages[here].next.values() for case in each)
        targets = (to for case in cases for to, share in case.to.items() if share > 0)
        todo += [to for to, returns in map(destination, targets) if to is not None and not returns]
    return False
