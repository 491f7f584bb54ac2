"""What a little more of each capacity asks for: a sweep of jobs that differ in one number each."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from simcare.analysis.marginal import Marginal
from simcare.analysis.outcomes import NEITHER, Outcome
from simcare.config.build import Job
from simcare.config.files import Folders
from simcare.config.messages import ConfigError, line
from simcare.config.searching import Counted, counted_at, given_job, job_with, narrowed, outcome_of
from simcare.config.sweep import Sweep, SweepJob
from simcare.model.values import MOST
from simcare.study import Scene

AS_IT_IS = "as it is"


@dataclass(frozen=True)
class More:
    """What is given beside the config, as it was typed; no capacities are all there are."""

    outcome: str
    more: str = "1"
    capacities: tuple[str, ...] = ()
    policy: str | None = None
    case: str | None = None


def marginal_sweep(arguments: Sequence[str], wanted: More, folders: Folders | None = None) -> Sweep:
    """Return the jobs that a little more of each capacity asks for, the service as it is first.

    Raises ConfigError with every problem.
    """
    problems = []
    if not wanted.more.isdecimal() or not 1 <= int(wanted.more) <= MOST:
        problems.append(line("more", wanted.more, f"a whole number from 1 to {MOST:,} is required"))
    given = given_job(arguments, folders, problems)
    base, wrong = narrowed(given, wanted.policy, wanted.case)
    problems += wrong
    scene = base.study.scenes[0]
    outcome = outcome_of(base, wanted.outcome)
    if isinstance(outcome, str):
        problems.append(outcome)
    elif outcome.better == NEITHER:
        message = "neither more nor less of it is better, so nothing is gained or lost"
        problems.append(line("outcome", wanted.outcome, message))
    counted, wrong = _counted(scene, wanted.capacities)
    problems += wrong
    if problems or isinstance(outcome, str):
        raise ConfigError(problems)
    jobs = _jobs(base, counted, int(wanted.more))
    marginal = Marginal(outcome, int(wanted.more), scene.scenario.service.currency or "")
    return _sweep(jobs, given, marginal)


def _counted(scene: Scene, named: Sequence[str]) -> tuple[list[Counted], list[str]]:
    """Return the numbers of the capacities named, of all if none is, and what is wrong with them.

    Of all, one that is split counts as many as it has categories.
    """
    texts = list(named)
    for name, capacity in scene.scenario.service.capacities.items() if not named else ():
        of = capacity.counted
        texts += [f"{name}.{part}" for part in of] if isinstance(of, dict) else [name]
    found = [counted_at(scene, text) for text in texts]
    problems = [one for one in found if isinstance(one, str)]
    counted = [one for one in found if isinstance(one, Counted)]
    if not texts:
        problems.append("the service has no capacity: there is nothing to give more of")
    twice = {one.path for k, one in enumerate(counted) if one in counted[:k]}
    problems += [f"capacity: {path} is there twice" for path in sorted(twice)]
    return counted, problems


def _jobs(base: Job, counted: Sequence[Counted], more: int) -> list[SweepJob]:
    jobs = [SweepJob(1, {}, AS_IT_IS, base, ())]
    problems: list[str] = []
    for number, one in enumerate(counted, start=2):
        values = {one.path: one.number + more}
        try:
            job = job_with(base, values)
        except ConfigError as error:
            problems += error.problems
            continue
        jobs.append(SweepJob(number, values, f"{one.path}={one.number + more}", job, ()))
    if problems:
        raise ConfigError(problems)
    return jobs


def _sweep(jobs: Sequence[SweepJob], given: Job, marginal: Marginal) -> Sweep:
    outcome: Outcome = marginal.outcome
    asked = [[job.job.config_hash for job in jobs], asdict(outcome), marginal.more]
    return Sweep(
        jobs=tuple(jobs),
        swept={path: (number,) for job in jobs for path, number in job.values.items()},
        sweep_hash=hashlib.sha256(json.dumps(asked).encode()).hexdigest(),
        output=given.output,
        workers=given.workers,
        marginal=marginal,
    )
