"""Tracing one client: from a results folder and what is asked for to what is told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from simcare.analysis.findings import About
from simcare.analysis.trace import Client, Step, choose, crowd, helping, steps, treated
from simcare.app.sweeping import JOBS
from simcare.config.build import job_from
from simcare.config.files import read_yaml
from simcare.config.messages import ConfigError, line
from simcare.engines.cohort import make_people
from simcare.engines.lowering import lower
from simcare.kernels.draws import name_id
from simcare.model.population import STATES, Attribute
from simcare.model.ticks import ticks
from simcare.model.values import choice_text
from simcare.report.answer import titles_of
from simcare.report.trace import Trace, Way
from simcare.store import Folder, finished_folder
from simcare.store.folder import CONFIG
from simcare.store.trace import Register, lives, register

CLIENT = re.compile(r"(?:([a-z][a-z0-9_]*)[: ])?([0-9]{1,9})")
FOLLOWED_DAYS = 365.0
MOST_JOBS_NAMED = 20


@dataclass(frozen=True)
class Wanted:
    """What to trace, as it was given: None or nothing where the choice is left to us."""

    client: str | None = None
    replication: str | None = None
    case: str | None = None
    policies: tuple[str, ...] = ()


def trace(path: Path, wanted: Wanted) -> Trace:
    """Return one client's way through a replication of a finished run, from its stored records.

    Raises ConfigError with everything that is wrong with what is wanted, StoreError if the folder
    holds no finished run or not its records.
    """
    _not_a_sweep(path)
    folder = finished_folder(path)
    return _Tracing(folder, folder.about(), wanted).trace()


def _not_a_sweep(path: Path) -> None:
    """Raise ConfigError for a sweep's own folder, naming the folders of its jobs."""
    if not (path / JOBS).is_dir():
        return
    jobs = sorted((p for p in (path / JOBS).iterdir() if p.is_dir()), key=_job_number)
    named = [str(job) for job in jobs[:MOST_JOBS_NAMED]]
    more = len(jobs) - len(named)
    problem = f"{path}: a sweep keeps the records in the folders of its jobs; give one of them"
    raise ConfigError([f"{problem}: {', '.join(named)}" + (f" and {more} more" if more else "")])


def _job_number(path: Path) -> tuple[int, str]:
    number = path.name.partition("-")[0]
    return (int(number) if number.isdecimal() else 0, path.name)


class _Tracing:
    """Finds out what is wanted, gathering problems, and reads it. Made for one use."""

    def __init__(self, folder: Folder, about: About, wanted: Wanted) -> None:
        self.folder, self.about, self.wanted = folder, about, wanted
        self.problems: list[str] = []

    def trace(self) -> Trace:
        """Return the way of the client wanted, or of one chosen."""
        case, policies = self._case(), self._policies()
        replication = self._replication()
        stream, number = self._client()
        known = [register(self.folder, case, p) for p in policies] if case and policies else []
        if known and replication is not None:
            replication = self._there(known, replication, f"{case}, {' and '.join(policies)}")
            if replication is not None and number is not None:
                stream = self._among(known, replication, stream, number)
        if self.problems or case is None or replication is None:
            raise ConfigError(self.problems)
        client = None if number is None or stream is None else Client(stream, number)
        return self._read(case, policies, replication, client)

    def _case(self) -> str | None:
        cases, case = list(self.about.cases), self.wanted.case
        if case is None:
            return cases[0]
        if case in cases:
            return case
        self.problems.append(
            line("--case", case, f"no case of this run; {choice_text(case, cases)}")
        )
        return None

    def _policies(self) -> tuple[str, ...]:
        """Return the policies to be told: those wanted, or the base and the first other."""
        known = list(self.about.policies)
        if not self.wanted.policies:
            return tuple(known[:2])
        for policy in self.wanted.policies:
            if policy not in known:
                why = f"no policy of this run; {choice_text(policy, known)}"
                self.problems.append(line("--policy", policy, why))
        found = dict.fromkeys(policy for policy in self.wanted.policies if policy in known)
        return tuple(found) if len(found) == len(set(self.wanted.policies)) else ()

    def _replication(self) -> int | None:
        given = self.wanted.replication
        if given is None:
            return 0
        if given.isdecimal() and given.isascii() and len(given) < 10:
            return int(given)
        self.problems.append(line("--replication", given, "a whole number from 0 on is required"))
        return None

    def _client(self) -> tuple[str | None, int | None]:
        """Return the arrival stream and the number in it that were given, as far as they were."""
        given = self.wanted.client
        if given is None:
            return None, None
        if found := CLIENT.fullmatch(given):
            return found[1], int(found[2])
        why = "a number, or an arrival stream and a number in it such as people:17, is required"
        self.problems.append(line("--client", given, why))
        return None, None

    def _there(self, known: Sequence[Register], replication: int, where: str) -> int | None:
        """Return the replication, or None with a problem if not all scenarios have it."""
        common = sorted(set.intersection(*(set(one.people) for one in known)))
        if replication in common:
            return replication
        kept = f"there are {common[0]} to {common[-1]}" if common else "there is nobody"
        why = f"not in the records of {where}: {kept}"
        self.problems.append(line("--replication", replication, why))
        return None

    def _among(
        self, known: Sequence[Register], replication: int, stream: str | None, number: int
    ) -> str | None:
        """Return the stream of the client wanted, or None with a problem if there is no such."""
        people = [one.people[replication] for one in known]
        streams = list(dict.fromkeys(name for one in people for name in one))
        given = str(self.wanted.client)
        if stream is None:
            # The number alone is enough where people of one stream ask under the first policy.
            if len(people[0]) > 1:
                which = " or ".join(str(Client(name, number)) for name in people[0])
                self.problems.append(line("--client", given, f"people of which stream? {which}"))
                return None
            stream = next(iter(people[0]))
        if stream not in streams:
            why = f"no such stream in replication {replication}; {choice_text(stream, streams)}"
            self.problems.append(line("--client", given, why))
            return None
        most = max(one.get(stream, 0) for one in people)
        if number >= most:
            why = f"in replication {replication} there are {Client(stream, 0)} to {most - 1}"
            self.problems.append(line("--client", given, why))
            return None
        return stream

    def _read(
        self, case: str, policies: Sequence[str], replication: int, client: Client | None
    ) -> Trace:
        choice = None
        if client is None:
            crowds = [
                crowd(found, self._treatment(found.stages))
                for found in (lives(self.folder, case, p, replication) for p in policies)
            ]
            first = ticks(self.about.warm_up_days)
            last = ticks(max(self.about.horizon_days - FOLLOWED_DAYS, 0.0))
            choice = choose(crowds, range(first, last))
            if choice is None:
                why = "nobody asks in it under all the policies; give --policy or --client"
                raise ConfigError([line("--replication", replication, why)])
            client = choice.client
        ways = tuple(self._way(case, policy, replication, client) for policy in policies)
        asked = next(k for k, way in enumerate(ways) if way.steps)
        return Trace(
            client=client,
            replication=replication,
            case=titles_of(self.about).of_case(case),
            start=date.fromisoformat(self.about.start_date),
            ways=ways,
            choice=choice,
            traits=_traits(
                self.folder, (case, policies[asked]), replication, client, ways[asked].steps[0]
            ),
        )

    def _way(self, case: str, policy: str, replication: int, client: Client) -> Way:
        found = lives(self.folder, case, policy, replication, client)
        help_in = helping(self.about.stages, self.about.marks)
        horizon = ticks(self.about.horizon_days)
        return Way(
            policy=titles_of(self.about).of(policy),
            steps=steps(found.visits, found.stages, help_in, horizon),
            treated=treated(found.visits, self._treatment(found.stages)),
        )

    def _treatment(self, stages: Sequence[str]) -> list[int]:
        marked = self.about.marks.get("treatment", ())
        return [number for number, stage in enumerate(stages) if stage in marked]


def _traits(
    folder: Folder, scenario: tuple[str, str], replication: int, client: Client, asked: Step
) -> dict[str, str]:
    """Return a client's attributes at the first asking besides motivation and severity, by name.

    The records do not hold them: the people are made again, from the folder's own config. Nothing
    is returned if that is no config, or if motivation and severity are then not those of the
    records: another version of simcare may have made them.
    """
    path = folder.path / CONFIG
    try:
        study = job_from(read_yaml(path, str(path))).study
    except ConfigError:
        return {}
    scenes = {(scene.case, scene.policy): scene.scenario for scene in study.scenes}
    if scenario not in scenes:
        return {}
    program = lower(scenes[scenario], study.plan.start_date, study.plan.horizon_days)
    people = make_people(program, study.plan.seed, replication)
    number = (name_id(client.stream) << 32) | client.number
    values = {
        name: float(value)
        for mine in np.flatnonzero(people.clients["id"] == np.uint64(number))
        for name, value in zip(program.columns, people.traits[mine], strict=True)
    }
    if any(np.float32(values.get(name, np.nan)) != getattr(asked, name) for name in STATES):
        return {}
    return {
        name: _said(attribute, values[name])
        for name, attribute in scenes[scenario].population.attributes.items()
        if name not in STATES
    }


def _said(attribute: Attribute, value: float) -> str:
    """Return an attribute's category, or its number."""
    return attribute.categories[int(value)] if attribute.categories else f"{value:.2f}"
