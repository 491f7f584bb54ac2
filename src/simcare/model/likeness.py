"""Stages that are like another one: what a stage does not say itself is what the other one says.

This is done on a service as it is written, before anything of it is checked. What is wrong with a
field is told of the stage that says it, not again of those that are like it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from simcare.model.pathway import NO_EXIT, Problem, Raw, as_map, fault, named
from simcare.model.values import Value, again, built_with, choice_text, nearest

LIKE, NEXT = "like", "next"
Built = TypeVar("Built", bound=Value)
Loc = tuple[str | int, ...]


def built_alike(
    model: type[Built],
    data: Any,
    build: Callable[[Any], Built],
    problems: Callable[[Any], list[Problem]],
) -> Built:
    """Return a service built with every stage written out; ``problems`` looks at these stages too.

    Raises ValidationError with all that is wrong, each said once: of the stage that says it.
    """
    whole, found = written_out(data)
    try:
        return built_with(model, whole, build, [*found, *problems(whole)])
    except ValidationError as error:
        lines = error.errors()
        stages = as_map(as_map(data).get("stages"))
        told = _Told(stages, _models(stages)[0], {(line["loc"], line["msg"]) for line in lines})
        kept = [
            again(line, whole) for line in lines if not told.elsewhere(line["loc"], line["msg"])
        ]
        raise ValidationError.from_exception_data(model.__name__, kept) from None


def written_out(service: Any) -> tuple[Any, list[Problem]]:
    """Return a service as written with every stage that is like another written out.

    With it comes what is wrong: an unknown stage, or stages that are like one another in a circle.
    For an unknown one the stage of the nearest name is taken, so that only the name is wrong.
    """
    stages = as_map(as_map(service).get("stages"))
    models, found = _models(stages)
    lost = [name for name, stage in stages.items() if _is_like(stage) and name not in models]
    if not models and not lost:
        return service, found
    done = dict(stages)
    for name in lost:  # what they take away from a stage that is not known is no fault of theirs
        done[name] = _merged({}, stages[name])
    for name in _models_before(models):
        done[name] = _merged(done[models[name]], stages[name])
    return {**service, "stages": done}, found


def _models(stages: Raw) -> tuple[dict[Any, str], list[Problem]]:
    """Return which stage each is like, those in a circle left out, and what is wrong."""
    models: dict[Any, str] = {}
    found: list[Problem] = []
    for name, stage in stages.items():
        if not _is_like(stage):
            continue  # that it is no name is reported where it is read
        like = stage[LIKE]
        if like not in stages:
            known = [str(other) for other in stages if other != name]
            message = f"unknown stage; {choice_text(like, known)}"
            found.append(fault(("stages", str(name), LIKE), like, message))
            like = nearest(like, known)
        if like in stages:
            models[name] = like
    for circle in _circles(models):
        shown = " -> ".join(map(str, [*circle, circle[0]]))
        message = f"stages that are like one another in a circle: {shown}"
        found.append(fault(("stages", str(circle[0]), LIKE), models[circle[0]], message))
        for name in circle:
            del models[name]
    return models, found


def _is_like(stage: Any) -> bool:
    return isinstance(as_map(stage).get(LIKE), str)


def _circles(models: Mapping[Any, str]) -> list[list[Any]]:
    """Return the circles of stages that are like one another."""
    circles: list[list[Any]] = []
    seen: set[Any] = set()
    for start in models:
        way: list[Any] = []
        name: Any = start
        while name in models and name not in seen:
            seen.add(name)
            way.append(name)
            name = models[name]
        if name in way:
            circles.append(way[way.index(name) :])
    return circles


def _models_before(models: Mapping[Any, str]) -> list[Any]:
    """Return the stages that are like another, each after the one that it is like."""
    order: dict[Any, None] = {}
    for start in models:
        way: list[Any] = []
        name: Any = start
        while name in models and name not in order:
            way.append(name)
            name = models[name]
        order |= dict.fromkeys(reversed(way))
    return list(order)


def _merged(model: Any, own: Raw) -> Any:
    """Return a stage as another one, but for what it says itself; ``next`` cause by cause.

    A cause that it gives as null is taken away.
    """
    if not isinstance(model, Mapping):
        return own  # that the other one cannot be read is reported of that
    merged = {**model, **own}
    if isinstance(own.get(NEXT), Mapping):
        causes = {**as_map(model.get(NEXT)), **own[NEXT]}
        merged[NEXT] = {cause: cases for cause, cases in causes.items() if cases is not None}
    return merged


@dataclass(frozen=True)
class _Told:
    """Which problems of a service are told of another stage: by the stages as they are written.

    ``models`` says which stage each is like; ``every`` are all problems found, with their paths.
    """

    stages: Raw
    models: Mapping[Any, str]
    every: set[tuple[Loc, str]]

    def elsewhere(self, loc: Loc, message: str) -> bool:
        """Return whether a problem is one of a stage that this one is like, or is to be like."""
        stage = named(self.stages, loc[1]) if loc[:1] == ("stages",) and loc[1:] else {}
        inside = loc[2:]
        if stage.get(LIKE) is None or _says(stage, inside) or not (inside or message == NO_EXIT):
            return False
        model = self.models.get(loc[1])
        # Where the other stage is not known, or cannot be read, neither is what this one lacks.
        unknown = model != stage[LIKE] or not named(self.stages, model)
        return unknown or (("stages", model, *inside), message) in self.every


def _says(stage: Raw, inside: Loc) -> bool:
    """Return whether a stage itself says the field that a path in it begins with."""
    if inside[:1] == (NEXT,) and len(inside) > 1:
        return inside[1] in as_map(stage.get(NEXT))
    return bool(inside) and inside[0] in stage
