"""Event logs of one replication of a finished run, for other tools."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simcare.analysis.findings import About
from simcare.app.tracing import not_a_sweep
from simcare.config.messages import ConfigError, line
from simcare.model.values import choice_text
from simcare.report.answer import titles_of
from simcare.store import StoreError, finished_folder, write_pieces
from simcare.store.event_formats import FORMATS, Logged
from simcare.store.visit_rows import replications_kept, visits_in


@dataclass(frozen=True)
class Wanted:
    """Which events are wanted, as it was given: None where the choice is left to us."""

    format: str
    policy: str | None = None
    case: str | None = None
    replication: str | None = None
    output: str | None = None


def events(path: Path, wanted: Wanted) -> Iterator[bytes]:
    """Return the event log of a replication of a finished run, as pieces of a file.

    Raises ConfigError with everything that is wrong with what is wanted, StoreError if the folder
    holds no finished run or not its records.
    """
    not_a_sweep(path)
    folder = finished_folder(path)
    about = folder.about()
    case, policy, number = _scenario(about, wanted)
    parts = replications_kept(folder, case, policy)
    if number not in parts:
        first, last = min(parts), max(parts)
        why = f"not in the records of {case}, {policy}: there are {first} to {last}"
        raise ConfigError([line("--replication", number, why)])
    logged = Logged(
        visits=visits_in(folder, parts[number], number),
        capacities=dict(about.stages),
        start=date.fromisoformat(about.start_date),
        question=titles_of(about).question or about.name,
        case=case,
        policy=policy,
        replication=number,
    )
    return FORMATS[wanted.format](logged)


def write(pieces: Iterator[bytes], output: str) -> Path:
    """Write an event log into a file, whole or not at all, and return where.

    Raises StoreError if it cannot be written.
    """
    target = Path(output)
    try:
        write_pieces(target, pieces)
    except OSError as error:
        why = error.strerror or error
        raise StoreError(f"{target}: cannot be written ({why}); choose --output") from None
    return target


def _scenario(about: About, wanted: Wanted) -> tuple[str, str, int]:
    """Return the case, the policy and the replication that are wanted; raise ConfigError."""
    problems = []
    case, policy = wanted.case, wanted.policy
    for option, given, known, what in (
        ("--format", wanted.format, [*FORMATS], "no format that is written"),
        ("--case", case, [*about.cases], "no case of this run"),
        ("--policy", policy, [*about.policies], "no policy of this run"),
    ):
        if given is not None and given not in known:
            problems.append(line(option, given, f"{what}; {choice_text(given, known)}"))
    number = wanted.replication if wanted.replication is not None else "0"
    if not (number.isdecimal() and number.isascii() and len(number) < 10):
        problems.append(line("--replication", number, "a whole number from 0 on is required"))
    if wanted.output is not None and Path(wanted.output).is_dir():
        problems.append(line("--output", wanted.output, "it is a folder; a file is required"))
    if problems:
        raise ConfigError(problems)
    return case or next(iter(about.cases)), policy or next(iter(about.policies)), int(number)
