"""What a search is asked for on the command line, checked whole before anything is played.

A search tries numbers of one capacity under one policy in one case. Each number makes a job of its
own, as if it had been given alone.
"""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simcare.analysis.capacity_search import Search
from simcare.analysis.outcomes import Outcome
from simcare.config.build import Job, hash_of, job_from, job_of
from simcare.config.compose import Shelf
from simcare.config.files import Folders, config_folders
from simcare.config.given import parse
from simcare.config.messages import ConfigError, line
from simcare.config.paths import reach
from simcare.config.targets import outcome_from, target_from
from simcare.model.capacity import COUNTED_IN
from simcare.model.values import MOST, choice_text
from simcare.study import Scene, outcomes_of

CAPACITIES = "service.capacities."
FIND, FROM = "find", "from"  # in the config of a search: what is asked, and of what


@dataclass(frozen=True)
class Wanted:
    """What is given beside the config: texts as they were typed, None where nothing was."""

    capacity: str
    lowest: str
    highest: str
    target: str
    policy: str | None = None
    case: str | None = None


@dataclass(frozen=True)
class Counted:
    """A number of places in a config: its path, its value, and whether it counts staff."""

    path: str
    number: int


@dataclass(frozen=True)
class Sought:
    """A search and the job that it starts from: one policy in one case, as configured.

    ``search_hash`` is the SHA-256 of the job's config hash and of what is asked.
    """

    search: Search
    job: Job
    search_hash: str
    output: str | None
    workers: int | None

    @property
    def resolved(self) -> dict[str, Any]:
        """What is asked and of what, as a results folder keeps it."""
        return {FIND: asked(self.search), FROM: dict(self.job.resolved)}

    def job_at(self, number: int) -> Job:
        """Return the job of one number; raise ConfigError if the config does not take it."""
        return job_with(self.job, {self.search.path: number})


def asked(search: Search) -> dict[str, Any]:
    """Return what a search asks, as plain values."""
    target, outcome = search.target, search.target.outcome
    return {
        "path": search.path,
        "from": search.lowest,
        "to": search.highest,
        "outcome": outcome.name,
        "over": outcome.over,
        "where": outcome.where,
        "side": target.side,
        "bound": target.bound,
    }


def sought(arguments: Sequence[str], wanted: Wanted, folders: Folders | None = None) -> Sought:
    """Return the search that a command line asks for; raise ConfigError with every problem."""
    lowest, highest, problems = _ends(wanted)
    given = given_job(arguments, folders, problems)
    job, wrong = narrowed(given, wanted.policy, wanted.case)
    problems += wrong
    scene = job.study.scenes[0]
    counted = counted_at(scene, wanted.capacity)
    target = target_from(wanted.target, outcomes_of(scene.scenario, job.study.plan))
    problems += [found for found in (counted, target) if isinstance(found, str)]
    if problems or isinstance(counted, str) or isinstance(target, str):
        raise ConfigError(problems)
    search = Search(counted.path, lowest, highest, counted.number, target)
    text = json.dumps([job.config_hash, asked(search)])
    made = Sought(
        search, job, hashlib.sha256(text.encode()).hexdigest(), given.output, given.workers
    )
    for number in (lowest, highest):  # what is wrong with one between is wrong with an end
        made.job_at(number)
    return made


def given_job(arguments: Sequence[str], folders: Folders | None, problems: Sequence[str]) -> Job:
    """Return the job of a config; raise ConfigError with its problems and those found before."""
    try:
        return job_of(parse(arguments), Shelf(folders or config_folders()))
    except ConfigError as error:
        raise ConfigError([*error.problems, *problems]) from None


def outcome_of(job: Job, text: str) -> Outcome | str:
    """Return the outcome of a job's first scenario that a text names, or what is wrong with it."""
    scene = job.study.scenes[0]
    return outcome_from("outcome", text, outcomes_of(scene.scenario, job.study.plan))


def _ends(wanted: Wanted) -> tuple[int, int, list[str]]:
    """Return between which numbers is searched, and what is wrong with them."""
    problems = [
        line(key, text, f"a whole number from 0 to {MOST:,} is required")
        for key, text in (("from", wanted.lowest), ("to", wanted.highest))
        if not text.isdecimal() or int(text) > MOST
    ]
    if problems:
        return 0, 0, problems
    lowest, highest = int(wanted.lowest), int(wanted.highest)
    if lowest >= highest:
        problems.append(line("from", lowest, f"must be below to, which is {highest}"))
    return lowest, highest, problems


def narrowed(job: Job, policy: str | None, case: str | None) -> tuple[Job, list[str]]:
    """Return a job with one of its policies in one of its cases, and what is wrong with them.

    Where none is named it is the first.
    """
    scenes, problems = job.study.scenes, []
    policies = [*dict.fromkeys(scene.policy for scene in scenes)]
    cases = [*dict.fromkeys(scene.case for scene in scenes)]
    for key, name, known in (("policy", policy, policies), ("case", case, cases)):
        if name is not None and name not in known:
            problems.append(
                line(key, name, f"not among those compared; {choice_text(name, known)}")
            )
    if problems or len(scenes) == 1:
        return job, problems
    one, only = policy or policies[0], case or cases[0]
    resolved = copy.deepcopy(dict(job.resolved))
    study = resolved["study"]
    resolved["study"] = {"policies": [one], "cases": {only: study["cases"][only]}}
    resolved["policies"] = {name: resolved["policies"][name] for name in one.split("+")}
    resolved["cases"] = {only: resolved["cases"][only]}
    return _like(job, resolved), []


def job_with(job: Job, numbers: Mapping[str, int]) -> Job:
    """Return a job of one scenario with other numbers of places, by their paths.

    Raises ConfigError where the config does not take them, or a policy or case sets them too.
    """
    resolved = copy.deepcopy(dict(job.resolved))
    problems = []
    for path, number in numbers.items():
        found = reach(resolved, path)
        if isinstance(found, str):
            problems.append(line(path, number, f"a policy adds it; the service has none ({found})"))
        else:
            found[0][found[1]] = number
    if problems:
        raise ConfigError(problems)
    made = _like(job, resolved)
    scene = made.study.scenes[0]
    for path, number in numbers.items():
        counted = counted_at(scene, path)
        if isinstance(counted, str) or counted.number != number:
            whose = f"the policy {scene.policy} or the case {scene.case}"
            problems.append(line(path, number, f"{whose} sets or changes it too"))
    if problems:
        raise ConfigError(problems)
    return made


def _like(job: Job, resolved: Mapping[str, Any]) -> Job:
    """Return the job of another config that is kept, audited and divided as this one is."""
    made = job_from({**resolved})
    return replace(
        made,
        output=None,
        workers=None,
        config_hash=hash_of(resolved),
        keeps_visits=job.keeps_visits,
        audit=job.audit,
    )


def counted_at(scene: Scene, text: str) -> Counted | str:
    """Return the number of a capacity, by its name or its path, or what is wrong with that.

    One of a capacity that is split is named with the category: residential.west.
    """
    capacities = scene.scenario.service.capacities
    name, *rest = text.removeprefix(CAPACITIES).split(".")
    if name not in capacities:
        message = f"not a capacity; {choice_text(name, [*capacities])}"
        return line("capacity", text, message)
    capacity = capacities[name]
    ending = ["staff", "members"] if capacity.staff is not None else [capacity.counted_in]
    if rest[: len(ending)] == ending:
        rest = rest[len(ending) :]
    elif rest and (rest[0] in (*COUNTED_IN, "staff")):
        return line("capacity", text, f"{name} is counted in {'.'.join(ending)}")
    number = capacity.counted
    path = ".".join([CAPACITIES + name, *ending, *rest])
    if not isinstance(number, dict):
        if rest:
            return line("capacity", text, f"{name} is not split: write {name}")
        return Counted(path, number)
    if len(rest) != 1 or rest[0] not in number:
        known = [f"{name}.{category}" for category in number]
        return line(
            "capacity", text, f"{name} is split by {capacity.by}; {choice_text(text, known)}"
        )
    return Counted(path, number[rest[0]])
