"""One replication of a finished run played again by its own engine, beside what was stored."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcare.analysis.findings import Findings, Found
from simcare.app.auditing import as_played, as_run, job_in
from simcare.app.tracing import not_a_sweep
from simcare.config.messages import ConfigError, line
from simcare.model.values import choice_text, nearest
from simcare.report.rerun_words import Again, Changed, Rerun
from simcare.store import StoreError, finished_folder, provenance
from simcare.study import Block, Study
from simcare.study.playing import Player

SAME = ("simcare", "code_sha256", "commit", "python", "platform", "machine")


@dataclass(frozen=True)
class Wanted:
    """Which replication is wanted, as it was given: None where the first is."""

    case: str | None = None
    policy: str | None = None
    replication: str | None = None
    outcome: str | None = None


def rerun(path: Path, wanted: Wanted) -> Rerun:
    """Play one replication of a finished run again, from its folder's own config.

    Nothing is written. Raises ConfigError with everything that is wrong with what is wanted,
    StoreError if there is no finished run, or if its tables or config were changed.
    """
    not_a_sweep(path)
    folder = finished_folder(path)
    findings = folder.findings()
    found, replication = _which(findings, wanted)
    job = job_in(folder)
    study = as_run(as_played(job.study, findings), folder)
    again = _outcomes(study, path, found, replication)
    return Rerun(
        path=path,
        case=found.case,
        policy=found.policy,
        replication=replication,
        outcomes=tuple(
            Again(outcome, float(values[replication]), again.get(outcome, math.nan))
            for outcome, values in found.outcomes.items()
            if wanted.outcome in (None, outcome.name)
        ),
        engine=study.plan.engine,
        changed=tuple(_changed(folder.origin, provenance("", study.plan.seed, study.plan.engine))),
    )


def _outcomes(study: Study, path: Path, found: Found, replication: int) -> Mapping[Any, float]:
    """Return the outcomes of one replication, played now."""
    names = [(scene.case, scene.policy) for scene in study.scenes]
    if (found.case, found.policy) not in names:
        raise StoreError(f"{path}: its config has no scenario {found.case}, {found.policy}")
    scene = names.index((found.case, found.policy))
    alone = Block(scene, 0, range(replication, replication + 1))
    (told,), _ = Player(study, keeps_visits=False).play(alone, lambda _: None)
    return told.outcomes


def _which(findings: Findings, wanted: Wanted) -> tuple[Found, int]:
    """Return the scenario and the number of the replication that are wanted."""
    about, problems = findings.about, []
    names = dict.fromkeys(o.name for found in findings.scenarios for o in found.outcomes)
    for option, given, known, what in (
        ("--case", wanted.case, [*about.cases], "no case of this run"),
        ("--policy", wanted.policy, [*about.policies], "no policy of this run"),
    ):
        if given is not None and given not in known:
            problems.append(line(option, given, f"{what}; {choice_text(given, known)}"))
    if wanted.outcome is not None and wanted.outcome not in names:
        near = nearest(wanted.outcome, [*names])
        hint = f"did you mean {near}?" if near else "summary.csv names them"
        problems.append(line("--outcome", wanted.outcome, f"no outcome of this run; {hint}"))
    case = wanted.case or next(iter(about.cases))
    policy = wanted.policy or next(iter(about.policies))
    held = {(found.case, found.policy): found for found in findings.scenarios}
    found = held.get((case, policy))
    if found is None and not problems:
        mine = [name for one, name in held if one == case]
        why = f"not in case {case}; {choice_text(policy, mine)}"
        problems.append(line("--policy", policy, why))
    number = wanted.replication if wanted.replication is not None else "0"
    is_number = number.isdecimal() and number.isascii() and len(number) < 10
    if not is_number:
        problems.append(line("--replication", number, "a whole number from 0 on is required"))
    elif found is not None and int(number) >= found.replications:
        why = f"there are 0 to {found.replications - 1} of {case}, {policy}"
        problems.append(line("--replication", number, why))
    if problems or found is None:
        raise ConfigError(problems)
    return found, int(number)


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Changed]:
    """Yield of the code, its libraries and the machine what is not as it was."""
    versions = [one.get("versions") for one in (then, now)]
    libraries, today = (one if isinstance(one, dict) else {} for one in versions)
    both = [(name, then.get(name), now.get(name)) for name in SAME]
    both += [(name, libraries.get(name), today.get(name)) for name in {**libraries, **today}]
    yield from (Changed(name, _said(a), _said(b)) for name, a, b in both if a != b)


def _said(value: object) -> str:
    return "" if value is None else str(value)
