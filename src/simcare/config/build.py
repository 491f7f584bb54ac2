"""A composed config becomes a study: policies and cases applied, everything checked at once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simcare.analysis.findings import CaseNote
from simcare.analysis.proof import Asked
from simcare.config.apply import apply, set_inside, touched
from simcare.config.clashes import Touch
from simcare.config.compose import OPTIONAL, Composed, Files, Shelf, composed
from simcare.config.earlier import misfits as misfits_of_base
from simcare.config.files import Folders, config_folders, read_named
from simcare.config.given import COMMAND_LINE, Given, parse
from simcare.config.limits import crowd, dates, reviews
from simcare.config.messages import ConfigError, Fault, faults_of, line
from simcare.config.misfits import misfits
from simcare.config.patch import Case, Patch, Policy
from simcare.config.precision import asked_of, imprecise, looks_of, most_of
from simcare.config.settings import Settings
from simcare.config.sources import sources_of
from simcare.config.today import Listed, Start, read
from simcare.engines.addresses import words
from simcare.model.beginning import HERE_AT_THE_START, NOBODY, Beginning
from simcare.model.population import Population
from simcare.model.scenario import Plan, Scenario
from simcare.model.service import Service
from simcare.model.values import choice_text
from simcare.study import Earlier, Scene, Study, earlier

PLAN = tuple(Plan.model_fields)
NOT_IN_THE_HASH = ("output", "workers", "keep", "audit")
AS_CONFIGURED = "as_configured"
WRITTEN_OUT = ("policies", "cases")  # what a resolved config holds besides its settings
START, PLACE_OF_THE_LIST = "start", "people"  # where the list lies is not in the hash


@dataclass(frozen=True)
class Job:
    """What a command line asks for: a study, its fully resolved config, and where it goes.

    ``audit`` is how many replications are to be played again by the other engine.
    """

    study: Study
    resolved: Mapping[str, Any]
    config_hash: str
    output: str | None
    workers: int | None
    keeps_visits: bool
    audit: Asked


def _settings(config: Mapping[str, Any], unread: set[str]) -> tuple[Settings | None, list[Fault]]:
    """Return the settings, or their problems but for the parts that could not be read."""
    blank: dict[str, Any] = {part: {} for part in ("service", "population") if part in unread}
    try:
        return Settings.model_validate({**blank, **config}), []
    except ValidationError as error:
        return None, faults_of(error, Settings)


def _scenario(config: Mapping[str, Any]) -> tuple[Scenario | None, list[Fault]]:
    """Return the scenario of a config, or its problems.

    What is no mapping is passed over: it could not be read, or is reported with the settings.
    """
    parts = {name: config.get(name) for name in ("service", "population")}
    data = {name: part for name, part in parts.items() if isinstance(part, Mapping)}
    found: list[Fault] = []
    try:
        if len(data) == len(parts):
            return Scenario.model_validate(data), found
        for name, part in data.items():
            prefix, model = f"{name}.", Service if name == "service" else Population
            model.model_validate(part)
    except ValidationError as error:
        if len(data) == len(parts):
            return None, faults_of(error, Scenario)
        found += [Fault(prefix + fault.path, fault.text) for fault in faults_of(error, model)]
    return None, found


def _misfits(scenario: Scenario, plan: Plan, listed: Listed | None) -> list[Fault]:
    """Return what is wrong with a scenario, whole in itself, for a run by this plan from a list."""
    here = NOBODY if listed is None else listed.beginning
    return [
        *crowd(scenario, plan, len(here.people)),
        *dates(scenario, plan, here.days_before()),
        *reviews(scenario),
        *_addresses(scenario),
    ]


def _addresses(scenario: Scenario) -> list[Fault]:
    """Return the problem of names that would share the luck of one address."""
    service, found = scenario.service, []
    for path, names in (
        ("service.stages", service.stages),
        ("service.capacities", service.capacities),
        ("service.arrivals", (*service.arrivals, HERE_AT_THE_START)),
        ("population.attributes", scenario.population.attributes),
    ):
        try:
            words(names, path.split(".")[1])
        except ValueError as error:
            found.append(Fault(path, f": {error}"))
    return found


def _policy(folders: Folders, name: str) -> tuple[Policy | None, list[str]]:
    try:
        return Policy.model_validate(read_named(folders, "policy", name)), []
    except ConfigError as error:
        return None, list(error.problems)
    except ValidationError as error:
        file = folders.label("policy", name)
        return None, [f"{file}: {fault}" for fault in faults_of(error, Policy)]


def _label(names: Sequence[str]) -> str:
    return "+".join(names)


def _compared(config: Mapping[str, Any]) -> list[list[str]]:
    """Return the policies to run, each as the names of the patches that it is made of.

    What is no name is passed over: it is reported with the settings.
    """
    comparison = config.get("study")
    if isinstance(comparison, Mapping):
        listed = comparison.get("policies")
        names = listed if isinstance(listed, list) else []
        return [name.split("+") for name in names if isinstance(name, str)]
    policy = config.get("policy")
    several = policy if isinstance(policy, list) else [policy]
    return [list(dict.fromkeys(name for name in several if isinstance(name, str)))]


def _cases(config: Mapping[str, Any]) -> dict[str, Case]:
    """Return the cases to run; one that is wrong is reported with the settings, not here."""
    comparison = config.get("study")
    if not isinstance(comparison, Mapping):
        return {AS_CONFIGURED: Case()}
    cases: dict[str, Case] = {}
    listed = comparison.get("cases")
    for name, case in listed.items() if isinstance(listed, Mapping) else ():
        with suppress(ValidationError):
            cases[name] = Case.model_validate(case)
    return cases


def _patches(
    folders: Folders, compared: Sequence[Sequence[str]]
) -> tuple[dict[str, Policy], list[str]]:
    policies: dict[str, Policy] = {}
    problems: list[str] = []
    for name in dict.fromkeys(name for names in compared for name in names):
        policy, found = _policy(folders, name)
        problems += found
        if policy is not None:
            policies[name] = policy
    return policies, problems


@dataclass
class _Builder:
    """Applies cases and policies to one config, and gathers scenarios and problems."""

    made: Composed
    plan: Plan | None
    cases: Mapping[str, Case]
    policies: Mapping[str, Policy]
    known: set[str]
    listed: Listed | None = None
    after_days: int = 0
    base: dict[str, Scenario] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    misfits: dict[Fault, list[tuple[str, str]]] = field(default_factory=dict)
    found: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def scenario(self, case: str, names: Sequence[str]) -> Scenario | None:
        """Return the scenario of one case under one policy, or None with problems gathered."""
        patches: list[tuple[str, Patch]] = [(f"the case {case}", self.cases[case])]
        patches += [(f"the policy {n}", self.policies[n]) for n in names if n in self.policies]
        given = [Touch(COMMAND_LINE, path) for path in self.made.set_paths]
        config, wrong = apply(self.made.config, patches, given, self.made.files.unread)
        self.problems += wrong
        scenario, faults = _scenario(config)
        if scenario is not None and self.plan is not None:
            faults += _misfits(scenario, self.plan, self.listed)
        patched = [path for _, patch in patches for path in touched(patch)]
        for fault in faults:
            # What a patch broke only in part may look wrong elsewhere without being so.
            sure = not wrong or any(f"{fault.path}.".startswith(f"{path}.") for path in patched)
            if sure and str(fault) not in self.known:
                self.found.setdefault(str(fault), []).append((case, _label(names)))
        if wrong or faults or scenario is None:
            return None
        for fault in self._misfits_of_day_0(case, scenario):
            self.misfits.setdefault(fault, []).append((case, _label(names)))
        return scenario.model_copy(update={"beginning": self._beginning()})

    def _beginning(self) -> Beginning | None:
        if self.listed is not None:
            return self.listed.beginning
        return Beginning(after_days=self.after_days) if self.after_days else None

    def _misfits_of_day_0(self, case: str, scenario: Scenario) -> list[Fault]:
        """Return why the people of day 0 cannot be a scenario's; a case's first is the base."""
        base = self.base.setdefault(case, scenario)
        if self.listed is not None:
            return misfits(self.listed, scenario)
        if self.after_days and self.plan is not None:
            return misfits_of_base(base, scenario, self.plan, self.after_days)
        return []

    def earlier(self, case: str) -> Earlier | None:
        """Return what was there before day 0, if the people of day 0 are taken over from it."""
        return earlier(self.base[case], self.after_days) if self.after_days else None

    def said(self, every: Sequence[tuple[str, str]]) -> list[str]:
        """Return all problems, each once, those of patched configs with the patch they are of.

        Those of a list of people come last, in the order of its lines.
        """
        found = [f"{_whose(at, every)}: {text}" for text, at in self.found.items()]
        for fault, at in sorted(self.misfits.items(), key=lambda one: one[0].line):
            whose = "" if at == list(every) else f"{_whose(at, every)}: "
            found.append(f"{whose}{self.made.told(fault)}")
        return [*self.problems, *found]


def _whose(at: Sequence[tuple[str, str]], every: Sequence[tuple[str, str]]) -> str:
    """Return the case or the policy that a problem is of, seen from where it was found."""
    one_policy = len({policy for _, policy in every}) == 1
    for k in (0, 1) if one_policy and every[0][0] != AS_CONFIGURED else (1, 0):
        for name in dict.fromkeys(scene[k] for scene in at):
            if list(at) == [scene for scene in every if scene[k] == name]:
                return f"{('the case', 'the policy')[k]} {name}"
    return "; ".join(f"the case {case} with the policy {policy}" for case, policy in at)


def _resolved(
    config: Mapping[str, Any],
    cases: Mapping[str, Case],
    policies: Mapping[str, Policy],
    listed: Listed | None,
) -> dict[str, Any]:
    """Return the config with every policy and case written out, and what tells the list's file."""
    resolved = {key: value for key, value in config.items() if key not in NOT_IN_THE_HASH}
    for part in OPTIONAL:
        if not resolved.get(part):
            resolved.pop(part, None)
    if START in resolved and listed is not None:
        sha256, size = listed.beginning.sha256, listed.beginning.size_bytes
        resolved[START] = {PLACE_OF_THE_LIST: listed.path, "sha256": sha256, "bytes": size}
    resolved["policies"] = {n: p.model_dump(exclude_defaults=True) for n, p in policies.items()}
    resolved["cases"] = {n: c.model_dump(exclude_defaults=True) for n, c in cases.items()}
    return resolved


def hash_of(resolved: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a resolved config. Its order counts: categories are drawn in theirs.

    A list of people counts by its own SHA-256 and size, wherever it lies.
    """
    if isinstance(start := resolved.get(START), Mapping):
        of_the_file = {key: value for key, value in start.items() if key != PLACE_OF_THE_LIST}
        resolved = {**resolved, START: of_the_file}
    text = json.dumps(resolved, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _two_comparisons(made: Composed) -> list[str]:
    """Return the problem of a policy given together with an experiment."""
    written = made.files.documents.get(("experiment", str(made.experiment)), {})
    if not made.config.get("study") or not ("policy" in made.set_paths or "policy" in written):
        return []
    who = f"the experiment {made.experiment}" if made.experiment else "the study given"
    message = f"{who} compares its own policies; leave one of the two out, or set study.policies"
    return [line("policy", made.config["policy"], message)]


def job(arguments: Sequence[str], folders: Folders | None = None) -> Job:
    """Return the study that a command line asks for; raise ConfigError with every problem found."""
    return job_of(parse(arguments), Shelf(folders or config_folders()))


def job_of(given: Given, shelf: Shelf) -> Job:
    """Return the study that parsed arguments ask for; raise ConfigError with every problem."""
    made, problems = composed(given, shelf)
    policies, unknown = _patches(shelf.folders, _compared(made.config))
    return _job(made, problems, policies, [*_two_comparisons(made), *unknown])


def job_from(resolved: Mapping[str, Any]) -> Job:
    """Return the study of a resolved config, such as a results folder keeps; no other file is read.

    Raises ConfigError with every problem, as the command line's config would.
    """
    config = {key: value for key, value in resolved.items() if key not in WRITTEN_OUT}
    policies, problems = _written_policies(resolved.get("policies"), _compared(config))
    job = _job(Composed(config, (), None, Files(Folders(Path()))), [], policies, problems)
    return replace(job, resolved=resolved, config_hash=hash_of(resolved))


def _with_values(
    policies: Mapping[str, Policy], homeless: Mapping[str, tuple[Any, str]]
) -> tuple[Mapping[str, Policy], list[str]]:
    """Return policies with the command line's values inside the parts that they add.

    With them comes what is wrong with such values: of one that is in no added part, what was said.
    """
    problems: list[str] = []
    for path, (value, said) in homeless.items():
        policies, wrong = set_inside(policies, path, value)
        problems += [said] if wrong is None else wrong
    return policies, problems


def _written_policies(
    written: Any, compared: Sequence[Sequence[str]]
) -> tuple[dict[str, Policy], list[str]]:
    """Return the policies that a resolved config writes out, and what is wrong with them."""
    policies: dict[str, Policy] = {}
    problems: list[str] = []
    known = written if isinstance(written, Mapping) else {}
    for name in dict.fromkeys(name for names in compared for name in names):
        if name not in known:
            problems.append(line("policy", name, f"unknown policy; {choice_text(name, [*known])}"))
            continue
        try:
            policies[name] = Policy.model_validate(known[name])
        except ValidationError as error:
            problems += [f"policies.{name}.{fault}" for fault in faults_of(error, Policy)]
    return policies, problems


def _job(
    made: Composed, problems: list[str], policies: Mapping[str, Policy], more: Sequence[str]
) -> Job:
    """Return the study of a config and its policies; raise ConfigError with every problem.

    ``problems`` are those found before, ``more`` those to be said after the config's own.
    """
    config = made.config
    policies, homeless = _with_values(policies, made.homeless)
    problems = [*problems, *homeless]
    settings, faults = _settings(config, made.files.unread)
    scenario, wrong = _scenario(config)
    listed, unlisted = _list(config)
    if scenario is not None and settings is not None:
        wrong += _misfits(scenario, settings, listed)
    problems = [*problems, *(made.told(fault) for fault in (*faults, *wrong)), *more]
    compared, cases = _compared(config), _cases(config)
    known = {str(fault) for fault in wrong}
    after_days = (settings.start.after_days or 0) if settings and settings.start else 0
    builder = _Builder(made, settings, cases, policies, known, listed, after_days)
    every = [(case, names) for case in cases for names in compared]
    scenes_named = [(case, _label(names)) for case, names in every]
    builder.misfits = {fault: list(scenes_named) for fault in unlisted}
    scenarios = [builder.scenario(case, names) for case, names in every]
    problems += builder.said(scenes_named)
    at = [_whose([one], scenes_named) for one in scenes_named]
    of_scenes = [*zip(at, scenarios, strict=True)]
    problems += map(made.told, imprecise(config, settings, of_scenes))
    if problems or settings is None:
        raise ConfigError(problems)
    scenes = tuple(
        Scene(
            case,
            _label(names),
            scenario,
            most_of(settings.precision, cases[case], settings.replications),
            builder.earlier(case),
            looks_of(settings.precision, cases[case], settings.replications),
        )
        for (case, names), scenario in zip(every, scenarios, strict=True)
        if scenario is not None
    )
    plan = Plan.model_validate({name: getattr(settings, name) for name in PLAN})
    resolved = _resolved(config, cases, policies, listed)
    title = made.experiment or _label(compared[0])
    question = settings.study.question if settings.study else ""
    note = settings.study.note if settings.study else ""
    names = (_notes(cases), _titles(policies), sources_of(config, cases, policies))
    return Job(
        study=Study(title, question, note, plan, scenes, *names, asked_of(settings.precision)),
        resolved=resolved,
        config_hash=hash_of(resolved),
        output=settings.output,
        workers=settings.workers,
        keeps_visits=settings.keep == "visits",
        audit=settings.audit,
    )


def _list(config: Mapping[str, Any]) -> tuple[Listed | None, list[Fault]]:
    """Return the list that a run starts from, if any, and what is wrong with it as a file.

    A start or a date that is none is reported with the settings.
    """
    try:
        start = Start.model_validate(config.get(START))
        first_day = date.fromisoformat(str(config.get("start_date")))
    except ValueError:
        return None, []
    if start.people is None:
        return None, []
    return read(start.people, start.sha256, first_day)


def _titles(policies: Mapping[str, Policy]) -> dict[str, str]:
    return {name: policy.title for name, policy in policies.items() if policy.title}


def _notes(cases: Mapping[str, Case]) -> dict[str, CaseNote]:
    return {n: CaseNote(c.title, c.assumption, c.level) for n, c in cases.items()}
