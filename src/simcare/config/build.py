"""A composed config becomes a study: policies and cases applied, everything checked at once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simcare.config.compose import COMMAND_LINE, Composed, composed
from simcare.config.files import config_folder, read_named
from simcare.config.messages import ConfigError, problems_of
from simcare.config.patch import Case, Comparison, Patch, Policy, apply, clashes, touched
from simcare.config.settings import Settings
from simcare.model.scenario import Plan, Scenario
from simcare.study import CaseNote, Scene, Study

PLAN = tuple(Plan.model_fields)
NOT_IN_THE_HASH = ("output", "workers")


@dataclass(frozen=True)
class Job:
    """What a command line asks for: a study, its fully resolved config, and where it goes."""

    study: Study
    resolved: Mapping[str, Any]
    config_hash: str
    output: str | None
    workers: int | None


def _settings(raw: Mapping[str, Any]) -> tuple[Settings | None, list[str]]:
    try:
        return Settings.model_validate(dict(raw)), []
    except ValidationError as error:
        return None, problems_of(error, Settings)


def _scenario(raw: Mapping[str, Any], source: str) -> tuple[Scenario | None, list[str]]:
    """Return a scenario, or its problems, said to be those of ``source`` if it is named."""
    data = {"service": raw.get("service"), "population": raw.get("population")}
    try:
        return Scenario.model_validate(data), []
    except ValidationError as error:
        lines = problems_of(error, Scenario)
        return None, [f"{source}: {text}" if source else text for text in lines]


def _policy(folder: Path, name: Any) -> tuple[Policy | None, list[str]]:
    try:
        return Policy.model_validate(read_named(folder, "policy", name)), []
    except ConfigError as error:
        return None, list(error.problems)
    except ValidationError as error:
        return None, problems_of(error, Policy, f"configs/policy/{name}.yaml")


def _label(names: Sequence[str]) -> str:
    return "+".join(names)


def _compared(config: Mapping[str, Any]) -> list[list[str]]:
    """Return the policies to run, each as the names of the patches that it is made of."""
    comparison = config.get("study")
    if isinstance(comparison, Mapping):
        listed = comparison.get("policies")
        return [str(name).split("+") for name in listed] if isinstance(listed, list) else []
    policy = config.get("policy")
    return [[str(name) for name in policy] if isinstance(policy, list) else [str(policy)]]


def _cases(config: Mapping[str, Any]) -> tuple[dict[str, Case], list[str]]:
    comparison = config.get("study")
    if not isinstance(comparison, Mapping):
        return {"as_configured": Case()}, []
    try:
        return Comparison.model_validate(dict(comparison)).cases, []
    except ValidationError:
        return {}, []  # reported with the settings


def _patches(
    folder: Path, compared: Sequence[Sequence[str]]
) -> tuple[dict[str, Policy], list[str]]:
    policies: dict[str, Policy] = {}
    problems: list[str] = []
    for name in dict.fromkeys(name for names in compared for name in names):
        policy, found = _policy(folder, name)
        problems += found
        if policy is not None:
            policies[name] = policy
    return policies, problems


class _Builder:
    """Applies cases and policies to one config, and gathers scenarios and problems."""

    def __init__(self, composed: Composed, policies: Mapping[str, Policy]) -> None:
        self.composed, self.policies = composed, policies
        self.problems: list[str] = []

    def scenario(self, case_name: str, case: Case, names: Sequence[str]) -> Scenario | None:
        """Return the scenario of one case under one policy, or None with problems gathered."""
        patches: list[tuple[str, Patch]] = [(f"the case {case_name}", case)]
        patches += [(f"the policy {n}", self.policies[n]) for n in names if n in self.policies]
        sources: list[tuple[str, Sequence[str]]] = [(COMMAND_LINE, self.composed.set_paths)]
        sources += [(source, touched(patch)) for source, patch in patches]
        wrong = clashes(sources)
        config = self.composed.config
        for source, patch in patches:
            config, found = apply(config, patch, source)
            wrong += found
        self.problems += wrong
        if wrong:
            return None
        scenario, found = _scenario(config, f"{case_name}, {_label(names)}")
        self.problems += found
        return scenario


def _resolved(
    config: Mapping[str, Any], cases: Mapping[str, Case], policies: Mapping[str, Policy]
) -> dict[str, Any]:
    """Return the config with every policy and case written out."""
    resolved = {key: value for key, value in config.items() if key not in NOT_IN_THE_HASH}
    resolved["policies"] = {n: p.model_dump(exclude_defaults=True) for n, p in policies.items()}
    resolved["cases"] = {n: c.model_dump(exclude_defaults=True) for n, c in cases.items()}
    return resolved


def hash_of(resolved: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a resolved config: equal for equal content, whatever its order."""
    text = json.dumps(resolved, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def job(arguments: Sequence[str], folder: Path | None = None) -> Job:
    """Return the study that a command line asks for; raise ConfigError with every problem found."""
    folder = folder or config_folder()
    made, problems = composed(arguments, folder)
    config = made.config
    settings, found = _settings(config)
    problems += found
    if made.experiment and any(path.split(".")[0] == "policy" for path in made.set_paths):
        problems.append(
            f"policy: the experiment {made.experiment} compares its own policies; "
            "leave one of the two out, or set study.policies=[...]"
        )
    _, found = _scenario(config, "")
    problems += found
    compared = _compared(config)
    cases, _ = _cases(config)
    policies, unknown = _patches(folder, compared)
    problems += unknown
    scenes: list[Scene] = []
    builder = _Builder(made, policies)
    if not found and not unknown:
        for case_name, case in cases.items():
            for names in compared:
                scenario = builder.scenario(case_name, case, names)
                if scenario is not None and settings is not None:
                    reps = case.replications or settings.replications
                    scenes.append(Scene(case_name, _label(names), scenario, reps))
    problems += builder.problems
    if problems or settings is None:
        raise ConfigError(problems)
    plan = Plan.model_validate({name: getattr(settings, name) for name in PLAN})
    resolved = _resolved(config, cases, policies)
    title = made.experiment or _label(compared[0])
    question = settings.study.question if settings.study else ""
    return Job(
        study=Study(title, question, plan, tuple(scenes), _notes(cases), _titles(policies)),
        resolved=resolved,
        config_hash=hash_of(resolved),
        output=settings.output,
        workers=settings.workers,
    )


def _titles(policies: Mapping[str, Policy]) -> dict[str, str]:
    return {name: policy.title for name, policy in policies.items() if policy.title}


def _notes(cases: Mapping[str, Case]) -> dict[str, CaseNote]:
    return {n: CaseNote(c.title, c.assumption, c.level) for n, c in cases.items()}
