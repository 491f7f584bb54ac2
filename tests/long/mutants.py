"""The compiled engine with one line changed, many times over: does the comparison notice?

A mutant is the source with one text replaced (changes.py). Each is compiled and played in a process
of its own, since it may crash, never end or write where it should not: a fork, in which all that is
not changed is compiled already. All are played, and the table mutants.md is written, by
`python -m tests.long.mutants`.
"""

import importlib
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context
from pathlib import Path
from typing import Any

from tests.equality.both import Simulate, a_seed
from tests.equality.drawn import numbered
from tests.equality.extremes import crowd, ruled, small
from tests.long.changes import MUTANTS, Mutant

import simcare.engines
from simcare.config.build import job
from simcare.engines import compiled, reference
from simcare.engines.agreement import first_difference
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels import compile as compiling
from simcare.kernels.tables import Rows

ENGINES = Path(str(compiled.__file__)).parent
TABLE = Path(__file__).with_name("mutants.md")
MODULES = ("compiled", "loop", "world", "waiting_lists", "future_events")
SERVICES = 1000
CROWD = 20_000
REPLICATIONS = 20
ASKED = ["experiment=access"]
DAYS = 730.0
SECONDS = 120  # of a processor; a sound engine needs some twenty, most of them to be compiled
BYTES = 12 << 30
AT_A_TIME = 2
_FORK: Any = get_context("fork")


@dataclass(frozen=True)
class Played:
    """A program with a seed and a replication, and the visits of a sound engine."""

    name: str
    program: Program
    seed: int
    replication: int
    visits: Rows

    @classmethod
    def by(cls, simulate: Simulate, name: str, program: Program, seed: int, r: int) -> "Played":
        """Return what an engine plays."""
        return cls(name, program, seed, r, simulate(program, seed, r))


@dataclass(frozen=True)
class Expected:
    """What is played: services beside the reference engine, and a run of access beside both."""

    services: Sequence[Played]
    access: Sequence[Played]
    sound: Sequence[Rows]


@dataclass(frozen=True)
class Outcome:
    """How a mutant was noticed: on the services of tests/equality, and in a run of access.

    ``services`` says which was the first that was played otherwise; it is empty if none was.
    ``changed`` is how many replications of the run have other bytes than without the change, and
    ``compared`` how many of these the comparison with the reference engine tells apart. Each is
    None where the mutant crashed, raised an error or did not end.
    """

    services: str | None
    changed: int | None
    compared: int | None

    @property
    def noticed(self) -> bool:
        """Whether the services notice it."""
        return self.services != ""

    @property
    def audited(self) -> bool:
        """Whether comparing every replication notices all that it changes in the run."""
        return self.compared == self.changed


UNNOTICED = Outcome("", 0, 0)


def expected() -> Expected:
    """Play everything by the reference engine, and the run of access by the compiled engine too."""
    drawn = {f"service {number}": numbered(number) for number in range(SERVICES)}
    services = [
        Played.by(reference.simulate, name, service.program(), a_seed(k), 0)
        for k, (name, service) in enumerate({**drawn, **small(), **ruled(), **crowd(CROWD)}.items())
    ]
    study = job(ASKED).study
    program = lower(study.scenes[0].scenario, study.plan.start_date, DAYS)
    access = [
        Played.by(reference.simulate, f"replication {r}", program, study.plan.seed, r)
        for r in range(REPLICATIONS)
    ]
    sound = [compiled.simulate(run.program, run.seed, run.replication) for run in access]
    return Expected(services, access, sound)


def _changed_engine(mutant: Mutant | None, folder: Path) -> Simulate:
    """Return the engine made from sources in a folder, changed if there is a change."""
    for module in MODULES:
        text = (ENGINES / f"{module}.py").read_text(encoding="utf-8")
        if mutant is not None and mutant.module == module:
            text = mutant.changed(text)
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
        del sys.modules[f"simcare.engines.{module}"]
    simcare.engines.__path__.insert(0, str(folder))
    compiling._FOLDER = folder  # machine code of a mutant is nothing to keep
    engine = importlib.import_module("simcare.engines.compiled")
    assert engine.__file__ == str(folder / "compiled.py")
    simulate: Simulate = engine.simulate
    return simulate


def _play(mutant: Mutant | None, part: str, told: Any, what: Expected, folder: Path) -> None:
    """Play an engine in this process, from a part on; tell its outcome as far as it comes."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stderr = (folder / "errors").open("w", encoding="utf-8")
    simulate = _changed_engine(mutant, folder)
    if part == "services":
        told.send((part, _first_noticed(simulate, what.services)))
    changed = compared = 0
    for run, sound in zip(what.access, what.sound, strict=True):
        visits = simulate(run.program, run.seed, run.replication)
        if visits.tobytes() != sound.tobytes():
            changed += 1
            compared += first_difference(visits, run.visits, run.program) is not None
    told.send(("changed", changed))
    told.send(("compared", compared))


def _first_noticed(simulate: Simulate, services: Sequence[Played]) -> str:
    """Return the name of the first service that an engine plays otherwise, empty if none is."""
    for run in services:
        visits = simulate(run.program, run.seed, run.replication)
        if visits.tobytes() != run.visits.tobytes():
            return run.name
    return ""


def _heard(listening: Any) -> dict[str, Any]:
    """Return what a process has told before it ended, well or not."""
    heard = {}
    try:
        while listening.poll():
            name, value = listening.recv()
            heard[name] = value
    except EOFError:
        pass
    return heard


def outcomes(chosen: Sequence[Mutant | None], what: Expected) -> Iterator[tuple[int, Outcome]]:
    """Yield the number and the outcome of each mutant (None: no change), as they end.

    One that does not come through the services plays the run of access in a second process.
    """
    with tempfile.TemporaryDirectory() as name:
        waiting = [(number, "services") for number in range(len(chosen))]
        playing: dict[Any, tuple[int, str, Any, Any]] = {}
        while waiting or playing:
            while waiting and len(playing) < AT_A_TIME:
                number, part = waiting.pop(0)
                folder = Path(tempfile.mkdtemp(dir=name))
                listening, told = _FORK.Pipe(duplex=False)
                args = (chosen[number], part, told, what, folder)
                process = _FORK.Process(target=_play, args=args)
                process.start()
                told.close()
                playing[process.sentinel] = number, part, process, listening
            for sentinel in connection.wait(list(playing)):
                number, part, process, listening = playing.pop(sentinel)
                process.join()
                heard = _heard(listening)
                if part == "services" and part not in heard:
                    waiting.insert(0, (number, "access"))
                else:
                    told_of = (heard.get(key) for key in ("services", "changed", "compared"))
                    yield number, Outcome(*told_of)


def all_outcomes() -> list[Outcome]:
    """Return the outcome of each mutant, in their order.

    Raises RuntimeError if the engine is noticed without a change.
    """
    what = expected()
    found = {}
    for number, outcome in outcomes([None, *MUTANTS], what):
        found[number] = outcome
        print(
            f"{len(found)} of {1 + len(MUTANTS)}: {number} {outcome}", file=sys.stderr, flush=True
        )
        if number == 0 and outcome != UNNOTICED:
            raise RuntimeError(f"the engine itself is noticed: {outcome}")
    return [found[1 + k] for k in range(len(MUTANTS))]


HEAD = f"""# The compiled engine, changed in one line

Made by `python -m tests.long.mutants`. Each row is the compiled engine with one text of its source
replaced (changes.py). It plays the services of tests/equality, {SERVICES:,} random ones and those
at the edges, beside the reference engine; the first that is played otherwise is named. Then it
plays {REPLICATIONS} replications of the first scenario of the experiment `access` over two years:
how many have other bytes than without the change, and how many of these `audit: all` tells apart,
which compares every replication with the reference engine. "Not played": it crashes, raises an
error, or takes more than {SECONDS} seconds of a processor; that cannot be overlooked either.

"""


def table(found: Sequence[Outcome]) -> str:
    """Return what noticed each mutant, in Markdown."""
    lines = [
        f"| what is wrong | module | first noticed | of {REPLICATIONS} replications it changes "
        "| of these told apart |",
        "| --- | --- | --- | --- | --- |",
    ]
    for mutant, what in zip(MUTANTS, found, strict=True):
        told = [
            "not played" if value is None else str(value)
            for value in (what.services, what.changed, what.compared)
        ]
        lines.append(f"| {mutant.wrong} | {mutant.module} | {' | '.join(told)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(HEAD + table(all_outcomes()), encoding="utf-8")
