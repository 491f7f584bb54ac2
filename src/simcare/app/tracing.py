"""Tracing one client: from a results folder and what is asked for to what is told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from simcare.analysis.findings import About
from simcare.analysis.spans import Places, life, marks
from simcare.analysis.trace import Client, Step, choose, crowd, helping, steps, treated
from simcare.app.sweeping import JOBS
from simcare.config.build import job_from
from simcare.config.files import read_yaml
from simcare.config.messages import ConfigError, line
from simcare.engines.cohort import make_people
from simcare.engines.lowering import lower
from simcare.kernels.draws import name_id
from simcare.model.population import STATES, Attribute
from simcare.model.scenario import Scenario
from simcare.model.ticks import ticks
from simcare.model.values import choice_text
from simcare.report.answer import titles_of
from simcare.report.trace import Trace, Way
from simcare.store import Folder, StoreError, finished_folder, write_whole
from simcare.store.folder import CONFIG
from simcare.store.trace import Register, lives, register
from simcare.study import Study, reading_of

CLIENT = re.compile(r"(?:([a-z][a-z0-9_]*)[: ])?([0-9]{1,9})")
FOLLOWED_DAYS = 365.0
CHARTS, KINDS_OF_CHART = "charts", (".svg", ".png")
MOST_JOBS_NAMED = 20


@dataclass(frozen=True)
class Wanted:
    """What to trace, as it was given: None or nothing where the choice is left to us.

    ``against`` is the policy that the others are set beside, ``chart_file`` where a chart is to be
    written.
    """

    client: str | None = None
    replication: str | None = None
    case: str | None = None
    policies: tuple[str, ...] = ()
    against: str | None = None
    chart_file: str | None = None


def trace(path: Path, wanted: Wanted) -> Trace:
    """Return one client's way through a replication of a finished run, from its stored records.

    Raises ConfigError with everything that is wrong with what is wanted, StoreError if the folder
    holds no finished run or not its records.
    """
    not_a_sweep(path)
    folder = finished_folder(path)
    return _Tracing(folder, folder.about(), wanted).trace()


def draw(path: Path, wanted: Wanted, found: Trace) -> Path:
    """Draw the lives of a trace, and return where: as wanted, or among the charts of its run.

    Raises StoreError if nothing can be written there, or nothing is to be drawn.
    """
    from simcare.report.chart_life import lives as drawn
    from simcare.report.svg import described, to_png, to_svg

    if not any(way.life.spans for way in found.ways):
        raise StoreError(f"{found.client}: nothing to draw: no stretch of time in it has a length")
    name = f"two-lives-{found.case_name}-{found.replication}-{found.client.stream}"
    target = path / CHARTS / f"{name}-{found.client.number}.svg"
    if wanted.chart_file is not None:
        target = Path(wanted.chart_file)
    chart = drawn(found)
    if target.suffix == ".png":
        data = to_png(chart.figure)
    else:
        svg = to_svg(chart.figure, "two-lives")
        data = described(svg, chart.title, chart.alt).encode()
    try:
        write_whole(target, data)
    except OSError as error:
        why = error.strerror or error
        raise StoreError(f"{target}: cannot be written ({why}); choose --chart-file") from None
    return target


def not_a_sweep(path: Path) -> None:
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
        self._check_chart_file()
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
        """Return the policies to be told: those wanted, or the base and the first other.

        The one that the others are set beside comes first.
        """
        known, against = list(self.about.policies), self.wanted.against
        given = [("--policy", policy) for policy in self.wanted.policies]
        if against is not None:
            given = [("--against", against), *(given or self._another(known, against))]
        before = len(self.problems)
        for k, (option, policy) in enumerate(given):
            if policy not in known:
                why = f"no policy of this run; {choice_text(policy, known)}"
                self.problems.append(line(option, policy, why))
            elif policy in [other for _, other in given[:k]]:
                why = "given twice: two lives are told of two policies"
                self.problems.append(line(option, policy, f"{why}; {choice_text('', known)}"))
        if len(self.problems) > before:
            return ()
        return tuple(policy for _, policy in given) or tuple(known[:2])

    def _another(self, known: Sequence[str], against: str) -> list[tuple[str, str]]:
        """Return the first policy to set beside another; none, with a problem, if none is left."""
        others = [policy for policy in known if policy != against]
        if against in known and not others:
            self.problems.append(line("--against", against, "this run has no other policy"))
        return [("--policy", policy) for policy in others[:1]]

    def _replication(self) -> int | None:
        given = self.wanted.replication
        if given is None:
            return 0
        if given.isdecimal() and given.isascii() and len(given) < 10:
            return int(given)
        self.problems.append(line("--replication", given, "a whole number from 0 on is required"))
        return None

    def _check_chart_file(self) -> None:
        """Note as a problem that a chart cannot be a file of that name."""
        given = self.wanted.chart_file
        if given is None:
            return
        if Path(given).suffix not in KINDS_OF_CHART:
            kinds = " or ".join(KINDS_OF_CHART)
            self.problems.append(line("--chart-file", given, f"a name that ends in {kinds}"))
        elif Path(given).is_dir():
            self.problems.append(line("--chart-file", given, "it is a folder; a file is required"))

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
            least = max(self.about.smallest_days, 1.0)
            choice = choose(crowds, range(first, last), least)
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
            case_name=case,
            start=date.fromisoformat(self.about.start_date),
            ways=ways,
            choice=choice,
            traits=self._traits((case, policies[asked]), replication, client, ways[asked].steps[0]),
        )

    @cached_property
    def study(self) -> Study | None:
        """The study of the folder's own config, None if that is none any more."""
        path = self.folder.path / CONFIG
        try:
            return job_from(read_yaml(path, str(path))).study
        except ConfigError:
            return None

    @cached_property
    def scenarios(self) -> Mapping[tuple[str, str], Scenario]:
        """The scenarios of the folder's own config, by case and policy."""
        scenes = () if self.study is None else self.study.scenes
        return {(scene.case, scene.policy): scene.scenario for scene in scenes}

    def _way(self, case: str, policy: str, replication: int, client: Client) -> Way:
        found = lives(self.folder, case, policy, replication, client)
        help_in = helping(self.about.stages, self.about.marks)
        horizon = ticks(self.about.horizon_days)
        places = Places(
            help_in,
            frozenset(self.about.marks.get("treatment", ())),
            self._on_the_way(case, policy),
        )
        return Way(
            policy=titles_of(self.about).of(policy),
            steps=steps(found.visits, found.stages, help_in, horizon),
            treated=treated(found.visits, self._treatment(found.stages)),
            marks=marks(found.visits, found.stages, self.about.marks),
            life=life(found.visits, found.stages, places, horizon),
        )

    def _on_the_way(self, case: str, policy: str) -> frozenset[str]:
        """Return the stages from which treatment may still start, by the folder's own config.

        All stages, if that is no config any more: another version of simcare may have made it.
        """
        scenario = self.scenarios.get((case, policy))
        if self.study is None or scenario is None:
            return frozenset(self.about.stages)
        reading = reading_of(scenario, self.study.plan)
        return frozenset(reading.stages[number] for number in reading.on_the_way)

    def _treatment(self, stages: Sequence[str]) -> list[int]:
        marked = self.about.marks.get("treatment", ())
        return [number for number, stage in enumerate(stages) if stage in marked]

    def _traits(
        self, scene: tuple[str, str], replication: int, client: Client, asked: Step
    ) -> dict[str, str]:
        """Return a client's attributes at the first asking besides motivation and severity.

        The records do not hold them: the people are made again, from the folder's own config.
        Nothing is returned if that is no config, or if motivation and severity are then not those
        of the records: another version of simcare may have made them.
        """
        scenario = self.scenarios.get(scene)
        if self.study is None or scenario is None:
            return {}
        plan = self.study.plan
        program = lower(scenario, plan.start_date, plan.horizon_days)
        people = make_people(program, plan.seed, replication)
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
            for name, attribute in scenario.population.attributes.items()
            if name not in STATES
        }


def _said(attribute: Attribute, value: float) -> str:
    """Return an attribute's category, or its number."""
    return attribute.categories[int(value)] if attribute.categories else f"{value:.2f}"
