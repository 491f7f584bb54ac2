"""Several values for a key: one job for each combination, all checked before any of them runs.

The order is Hydra's: the first key changes slowest. Each combination is made into a job as if it
were given alone, so that whatever holds for a run holds for each job of a sweep.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from math import prod
from typing import Any

from simcare.analysis.marginal import Marginal
from simcare.config.build import Job, job_of
from simcare.config.combinations import MOST_VALUES, Axis, Option, axis
from simcare.config.compose import Shelf
from simcare.config.files import GROUPS, Folders, config_folders
from simcare.config.given import taken, understood
from simcare.config.messages import ConfigError, line, shown, written

MOST_JOBS = 50
MOST_EVER = MOST_VALUES
MOST_NAMED = 3
LONGEST_NAME = 60
OUTPUT = "output"

Combination = tuple[Option, ...]


@dataclass(frozen=True)
class SweepJob:
    """One combination: its number from 1, the value of each swept key, and the job that it makes.

    ``label`` is the combination as it would be given, and ``settings`` are all arguments that ask
    for it alone, none where it cannot be asked for so. Where results go and the workers are the
    sweep's: the job says neither.
    """

    number: int
    values: Mapping[str, Any]
    label: str
    job: Job
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Sweep:
    """The jobs in order, the values of each swept key, and what belongs to all of them.

    ``sweep_hash`` is the SHA-256 of the jobs' config hashes, in order. ``marginal`` is what is
    asked where each job but the first gives a little more of one capacity; the first has no value.
    """

    jobs: tuple[SweepJob, ...]
    swept: Mapping[str, tuple[Any, ...]]
    sweep_hash: str
    output: str | None
    workers: int | None
    marginal: Marginal | None = None


def sweep(
    arguments: Sequence[str], folders: Folders | None = None, most: int | None = MOST_JOBS
) -> Sweep:
    """Return the jobs that a command line with several values for some keys asks for.

    ``most`` is how many there may be, None for as many as can be at all. Raises ConfigError with
    every problem of every combination, each said once.
    """
    shelf = Shelf(folders or config_folders())
    overrides, problems = understood(arguments)
    if not problems and not any(override.is_sweep_override() for override in overrides):
        message = "nothing is swept: drop --multirun, or give several values, such as seed=1,2"
        problems.append(message)
    axes: list[Axis] = []
    for override in overrides:
        found, wrong = axis(override)
        axes += [found] if found.options else []
        problems += wrong
    many = _too_many(axes, most)
    # Of too many, the first is still looked at: what is wrong with all is wrong with it.
    every = product(*(one.options for one in axes))
    combinations = [*islice(every, 1 if many else None)]
    jobs, more = _jobs(combinations, axes, shelf)
    problems += [*many, *more]
    if problems:
        raise ConfigError(problems)
    return _put_together(jobs, combinations, axes)


def _too_many(axes: Sequence[Axis], most: int | None) -> list[str]:
    count = prod(len(one.options) for one in axes)
    if count > MOST_EVER:
        return [f"the sweep has {count:,} combinations; at most {MOST_EVER:,} can be run"]
    if most is not None and count > most:
        message = f"more than {most} are run only with --yes, which runs them all the same"
        return [f"the sweep has {count:,} combinations; {message}"]
    return []


def _jobs(
    combinations: Sequence[Combination], axes: Sequence[Axis], shelf: Shelf
) -> tuple[list[Job], list[str]]:
    """Return the job of each combination, and what is wrong with them, each problem once."""
    jobs: list[Job] = []
    found: dict[str, list[int]] = {}
    for k, combination in enumerate(combinations):
        try:
            jobs.append(job_of(taken([option.override for option in combination]), shelf))
        except ConfigError as error:
            for problem in error.problems:
                found.setdefault(problem, []).append(k)
    swept = [_swept(combination, axes) for combination in combinations]
    problems = _said(found, swept)
    for name, what in (("output", "output"), ("workers", "workers"), ("keep", "keeps_visits")):
        if len({getattr(job, what) for job in jobs}) > 1:
            problems.append(f"{name}: it differs between jobs; give one {name}= for the sweep")
    return jobs, problems


def _swept(combination: Combination, axes: Sequence[Axis]) -> Combination:
    return tuple(o for o, one in zip(combination, axes, strict=True) if one.swept)


def _put_together(
    jobs: Sequence[Job], combinations: Sequence[Combination], axes: Sequence[Axis]
) -> Sweep:
    made = []
    for number, (job, combination) in enumerate(zip(jobs, combinations, strict=True), start=1):
        options = _swept(combination, axes)
        values = {option.key: option.value for option in options}
        alone = replace(job, output=None, workers=None)
        label = ",".join(map(str, options))
        made.append(SweepJob(number, values, label, alone, _settings(combination)))
    hashes = json.dumps([job.config_hash for job in jobs])
    return Sweep(
        jobs=tuple(made),
        swept={
            one.options[0].key: tuple(option.value for option in one.options)
            for one in axes
            if one.swept
        },
        sweep_hash=hashlib.sha256(hashes.encode()).hexdigest(),
        output=jobs[0].output,
        workers=jobs[0].workers,
    )


def _settings(combination: Combination) -> tuple[str, ...]:
    """Return the arguments that give each key the value of a combination, but for the output."""
    overrides = (option.override for option in combination if option.key != OUTPUT)
    return tuple(override.input_line or "" for override in overrides)


def _said(found: Mapping[str, Sequence[int]], swept: Sequence[Combination]) -> list[str]:
    """Return each problem once, with the combinations that it is of unless it is of all.

    ``found`` gives the numbers of the combinations. Problems that differ only in the swept value
    that they show become one.
    """
    together: dict[tuple[str, str], tuple[list[str], set[int]]] = {}
    for problem, at in found.items():
        key, value, rest = "", "", problem
        for option in swept[at[0]]:
            start = line(option.key, option.value, "")
            if problem.startswith(start):
                key, value, rest = option.key, shown(option.value), problem.removeprefix(start)
        values, everywhere = together.setdefault((key, rest), ([], set()))
        values.append(value)
        everywhere.update(at)
    return [
        f"{_whose(at, swept, key)}{line(key, ', '.join(values), rest) if key else rest}"
        for (key, rest), (values, at) in together.items()
    ]


def _whose(at: Collection[int], swept: Sequence[Combination], said: str) -> str:
    """Return which combinations a problem is of; nothing if of all, or if ``said`` tells it."""
    parts, area = [], 1
    for options in zip(*swept, strict=True):
        here = {str(option): option for k, option in enumerate(options) if k in at}
        area *= len(here)
        if len(here) < len(set(map(str, options))) and options[0].key != said:
            parts.append(f"{options[0].key}={_few([o.text for o in here.values()], ' or ')}")
    if area != len(at):  # no rule of the kind "wherever policy=a"
        parts = [_few([_briefly(swept[k]) for k in sorted(at)], "; ")]
    return f"with {' and '.join(parts)}: " if parts else ""


def _briefly(options: Combination) -> str:
    keys = [option.key for option in options]
    return ",".join(f"{_short(option.key, keys)}={shown(option.text)}" for option in options)


def _few(names: Sequence[str], between: str) -> str:
    more = len(names) - MOST_NAMED
    text = between.join(names[:MOST_NAMED])
    return f"{text} and {more} more" if more > 0 else text


def folder_name(job: SweepJob) -> str:
    """Return a short name for the folder of a job, its own in its sweep: 1-gp_referral-beds=110."""
    parts = [str(job.number), *([] if job.values else [job.label.replace(" ", "-")])]
    for key, value in job.values.items():
        text = "+".join(map(written, value)) if isinstance(value, list) else written(value)
        parts.append(text if key in GROUPS else f"{_short(key, [*job.values])}={text}")
    name = re.sub(r"[^A-Za-z0-9_.=+-]+", "_", "-".join(parts))
    return name[:LONGEST_NAME].rstrip("._-")


def _short(key: str, keys: Sequence[str]) -> str:
    """Return the end of a path that tells it from the other paths."""
    parts = key.split(".")
    ends = (".".join(parts[-length:]) for length in range(1, len(parts)))
    others = [other for other in keys if other != key]
    alone = (end for end in ends if not any(f".{other}".endswith(f".{end}") for other in others))
    return next(alone, key)
