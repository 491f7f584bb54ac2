"""The command line: what each command prints, and how it ends. Nothing else prints."""

import argparse
import gc
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from simcare.arguments import given_by

if TYPE_CHECKING:
    from rich.console import Console

    from simcare.analysis.findings import About, Findings
    from simcare.analysis.load import Loaded
    from simcare.analysis.proof import Asked, Proof
    from simcare.app.auditing import Audited
    from simcare.app.commands import Command
    from simcare.app.running import Audience
    from simcare.config.files import Folders
    from simcare.config.sweep import Sweep
    from simcare.kernels.compile import Kept
    from simcare.store import StoreError
    from simcare.study import Need, Study

# In letters: below the least width numbers are wrapped too, and what a row is about and its verdict
# have so many at the least.
LEAST_WIDTH, LAST_COLUMN = 105, 12
UNKNOWN_WIDTH = 110  # letters: of what is no terminal
OK, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130
# Objects that are made before a search for cycles: nearly all live as long as a run, and to look
# through them at Python's every 700 took 15 of 100 of the time of a run that reads what is stored.
SELDOM = (100_000, 20, 20)
RE_RUN = "re-run by the other engine"
COMPILING_ONCE = "Compiling for this machine, once: about 40 seconds …"
COMPILING_EACH_TIME = """Compiling: about 40 seconds, at each run, for want of a folder for it.
  To keep it, let XDG_CACHE_HOME name a folder that you alone may write to."""


def _out(text: str = "") -> None:
    print(text)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


@contextmanager
def _bars() -> Iterator[Callable[[str], Callable[[float, int], None]]]:
    """Show progress bars on stderr while in here, nothing if that is not a terminal.

    What is yielded makes a bar of a title; it is shown from the first time it is told of.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} replications,"),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:

        def titled(title: str) -> Callable[[float, int], None]:
            task = bar.add_task(title, total=1, start=False, visible=False)

            def told(done: float, total: int) -> None:
                bar.start_task(task)
                bar.update(task, completed=done, total=total, visible=True)

            return told

        yield titled


@contextmanager
def _audience(title: str) -> Iterator["Audience"]:
    """Yield who is told how a run goes: it is said what it needs, and bars show how far it is."""
    from simcare.app.running import Audience

    with _bars() as bar:
        yield Audience(_compiling, _warn, _announce, bar(title), bar(RE_RUN))


def _warn(about: "About", scenarios: "Sequence[Loaded]") -> None:
    """Say before a run whether there are places enough."""
    _say_load(about, scenarios, sys.stderr)


def _say_load(about: "About", scenarios: "Sequence[Loaded]", file: TextIO) -> None:
    """Say whether there are places enough: a table of the first case, and what it means."""
    from rich import box
    from rich.table import Table

    from simcare.report.answer import titles_of
    from simcare.report.load import beside, verdict
    from simcare.report.words import say

    titles = titles_of(about)
    if not (said := verdict(scenarios, titles)):
        if about.capacities:
            print(say("load.unknown"), file=file)
        return
    console = _console(file)
    header, rows = beside(scenarios, titles)
    console.print(say("load.title"), soft_wrap=False)
    table = Table(box=box.SIMPLE)
    for name in header:
        table.add_column(name)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for _, sentence in said:
        console.print(sentence, soft_wrap=False)


def _announce(need: "Need") -> None:
    """Say what a run needs in time and memory, before it starts."""
    from simcare.report.need import what_it_needs

    if need.replications:
        _complain(
            what_it_needs(
                need.replications, need.people, need.seconds, need.memory_bytes, need.disk_bytes
            )
        )


def _compiling(kept: "Kept") -> None:
    """Say that the engine is compiled first, and whether that is kept for the next run."""
    from simcare.kernels.compile import Kept

    if kept is Kept.NOT_YET:
        _complain(COMPILING_ONCE)
    else:
        _complain(COMPILING_EACH_TIME)


def _console(file: TextIO | None = None) -> "Console":
    """Return what writes to a file, or to stdout, as wide as it is if it is a terminal."""
    from rich.console import Console

    file = file or sys.stdout
    width = None if file.isatty() else UNKNOWN_WIDTH
    return Console(file=file, highlight=False, markup=False, emoji=False, width=width)


def _show(findings: "Findings", proof: "Proof | None") -> None:
    """Print the tables and the answer of some findings, where lists do not settle, the proof."""
    from rich import box
    from rich.table import Table

    from simcare.report.terminal import Sheet, report

    console = _console()
    for part in report(findings, proof):
        if not isinstance(part, Sheet):
            console.print(part, soft_wrap=False)
            console.print()
            continue
        table = Table(title=part.title, title_justify="left", box=box.SIMPLE, title_style="bold")
        for k, name in enumerate(part.header):
            first, last = k == 0, k == len(part.header) - 1
            table.add_column(
                name,
                justify="left" if first else "right",
                no_wrap=console.width >= LEAST_WIDTH and not (first or last),
                min_width=LAST_COLUMN if last else None,
            )
        for row in part.rows:
            table.add_row(*row)
        console.print(table)


def _run(command: "Command", folders: "Folders") -> int:
    from simcare.app.running import folder_of, run_job, workers_of
    from simcare.config.build import job as job_of
    from simcare.study import EnginesDifferError, LawBrokenError

    job = job_of(command.settings, folders)
    for sentence in _before_a_run(job.study):
        _complain(sentence)
    try:
        with _audience(job.study.name) as audience:
            done = run_job(job, folder_of(job), workers_of(job.workers), audience, command)
    except (EnginesDifferError, LawBrokenError) as error:
        return _blamed(error)
    _show(done.findings, done.proof)
    _say_what_charts_lack(done.findings.about)
    if not done.before:
        _say_what_was_found(done.found, sum(scene.replications for scene in job.study.scenes))
    _where(done.path, done.before, done.proved)
    return OK


def _say_what_was_found(found: int, total: int) -> None:
    """Say how many replications were finished before a run, if any were."""
    if found:
        _out(f"{found} of {total} replications were found finished: not simulated again.")


def _before_a_run(study: "Study") -> Iterator[str]:
    """Yield what is to be known of a study before it runs."""
    yield from _past_deadlines(study)
    yield from _beginning(study)
    yield from _asked(study)


def _blamed(error: Exception) -> int:
    """Say what an audit found wrong, and return the code of a failure."""
    from simcare.study import EnginesDifferError

    if isinstance(error, EnginesDifferError):
        what = "the engines differ"
        where = f"{error} (ours: this run; theirs: the other engine)"
        whose = "One of them is wrong: a fault in simcare."
    else:
        what, where, whose = "a law is broken", str(error), "This is a fault in simcare."
    _complain(f"simcare: {what}: no result is finished; what was simulated is kept.")
    _complain(f"  {where}")
    _complain(f"  {whose} Please report it with this message.")
    return FAILED


def _beginning(study: "Study") -> Iterator[str]:
    """Yield what is to be known of the people of day 0 that a study starts with, if it does."""
    if study.scenes[0].scenario.beginning is None:
        return
    from simcare.report.today import before
    from simcare.study import foreseen

    found = foreseen(study)
    yield from before(
        found.at_once, found.overdue, found.taken, found.after_days, found.uncounted_days
    )


def _asked(study: "Study") -> Iterator[str]:
    """Yield how precise the results of a study are to be, if that is asked for."""
    if study.precision is None:
        return
    from simcare.report.precision import asked
    from simcare.study import about

    yield from asked(about(study))


def _past_deadlines(study: "Study") -> Iterator[str]:
    """Yield which ways in lead past a deadline of a study."""
    from simcare.report.gaps import past_deadlines
    from simcare.study import gaps

    yield from past_deadlines(gaps(study).ways_past)


def _without_source(study: "Study") -> Iterator[str]:
    """Yield how many parts of a study's config have no source."""
    from simcare.report.gaps import without_source
    from simcare.study import gaps

    yield from without_source(gaps(study).without_source)


def _where(path: Path, before: bool = False, proved: bool = False) -> None:
    """Say where the results are, whether they had been there before, and if they were re-run."""
    from simcare.analysis.table_names import REPORT

    if before and proved:
        _out("This was run before: the stored records were read, and re-run only to be compared.")
    elif before:
        _out("This was run before: the stored records were read, nothing was simulated again.")
    _out(f"Report:  {path / REPORT}")
    _out(f"Results: {path}")


def _say_what_charts_lack(about: "About") -> None:
    """Say which signs of a run's names the charts cannot show, if there are any."""
    from simcare.report.fonts import names_drawn

    _say_what_the_font_lacks(names_drawn(about))


def _say_what_the_font_lacks(texts: Iterable[str]) -> None:
    from simcare.report.fonts import lacking_said

    if said := lacking_said(texts):
        _complain(said)


def _sweep(command: "Command", folders: "Folders") -> int:
    from simcare.config.sweep import MOST_JOBS
    from simcare.config.sweep import sweep as sweep_of

    sweep = sweep_of(command.settings, folders, None if command.yes else MOST_JOBS)
    return _play_sweep(sweep, command)


def _play_sweep(sweep: "Sweep", command: "Command") -> int:
    from simcare.app.running import workers_of
    from simcare.app.sweeping import folder_of, run_sweep

    _say_before_a_sweep({one.label: one.job.study for one in sweep.jobs})
    with _audience(f"{len(sweep.jobs)} jobs") as audience:
        path, workers = folder_of(sweep), workers_of(sweep.workers)
        done = run_sweep(sweep, path, workers, audience, command)
    if done.findings is not None:
        _show(done.findings, done.proof)
        _say_what_charts_lack(done.findings.about)
        if not done.before:
            studies = [one.job.study for one in sweep.jobs]
            total = sum(scene.replications for study in studies for scene in study.scenes)
            _say_what_was_found(done.found, total)
        _where(done.path, done.before, done.proved)
    if not done.failures:
        return OK
    _complain(f"simcare: {len(done.failures)} of {len(sweep.jobs)} jobs failed:")
    for failure in done.failures:
        _complain(f"  {failure.label}: {failure.reason}")
        _complain(f"    again, alone: {failure.command}")
    _complain("What is finished is kept: the same command tries the failed ones again.")
    return FAILED


def _say_before_a_sweep(studies: "Mapping[str, Study]") -> None:
    """Say what is to be known of the jobs of a sweep, each thing once, with whose it is."""
    from simcare.report.gaps import of_jobs

    said: dict[str, list[str]] = {}
    for label, study in studies.items():
        for sentence in _before_a_run(study):
            said.setdefault(sentence, []).append(label)
    for sentence, labels in said.items():
        _complain(sentence if len(labels) == len(studies) else of_jobs(labels, sentence))


def _status(folder: Path | None) -> int:
    """Print where a run or a sweep stands, or all whose results lie in ``results``."""
    from rich import box
    from rich.table import Table

    from simcare.config.messages import printable
    from simcare.report.status import every, one
    from simcare.store import standing_of, standings_in

    results = Path("results")
    parts = every(results, standings_in(results)) if folder is None else one(standing_of(folder))
    for part in parts:
        if isinstance(part, str):
            _out(printable(part))
            continue
        table = Table(box=box.SIMPLE)
        for name in part[0]:
            table.add_column(name)
        for row in part[1:]:
            table.add_row(*map(printable, row))
        _console().print(table)
    return OK


def _find(given: argparse.Namespace, folders: "Folders") -> int:
    from simcare.app.finding import folder_of, run_search
    from simcare.app.running import workers_of
    from simcare.config.searching import Wanted, sought
    from simcare.study import EnginesDifferError, LawBrokenError

    numbers = (given.capacity, given.lowest, given.highest, given.target)
    search = sought(given.settings, Wanted(*numbers, given.policy, given.case), folders)
    command = _command_of(given)
    for sentence in _before_a_run(search.job.study):
        _complain(sentence)
    try:
        with _audience("search") as audience:
            path, workers = folder_of(search), workers_of(search.workers)
            found = run_search(search, path, workers, audience, command)
    except (EnginesDifferError, LawBrokenError) as error:
        return _blamed(error)
    _show(found.findings, found.proof)
    _where(found.path, found.before, found.proved)
    return OK


def _marginal(given: argparse.Namespace, folders: "Folders") -> int:
    from simcare.config.marginal import More, marginal_sweep

    wanted = More(given.outcome, given.more, tuple(given.capacity), given.policy, given.case)
    command = _command_of(given)
    return _play_sweep(marginal_sweep(given.settings, wanted, folders), command)


def _command_of(given: argparse.Namespace) -> "Command":
    """Return a search, or what is asked of capacities, as it is typed."""
    from simcare.app.commands import Command

    options = {
        "--capacity": given.capacity,
        "--from": getattr(given, "lowest", None),
        "--to": getattr(given, "highest", None),
        "--target": getattr(given, "target", None),
        "--outcome": getattr(given, "outcome", None),
        "--more": getattr(given, "more", None),
        "--policy": given.policy,
        "--case": given.case,
    }
    words = [given.command]
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            words += [] if one is None else [name, one]
    settings = tuple(given.settings)
    return Command(settings, given.config_dir, yes=given.yes, asked=tuple(words))


def _report(folder: Path) -> int:
    from simcare.app.running import report_again

    _say_what_charts_lack(report_again(folder).about)
    _where(folder)
    return OK


def _audit(folder: Path, every: bool, workers: int | None) -> int:
    from simcare.app.auditing import audit_run, audit_sweep, is_sweep
    from simcare.app.running import workers_of

    asked: Asked = "all" if every else "sample"
    try:
        with _bars() as bar:
            audit = audit_sweep if is_sweep(folder) else audit_run
            found = audit(folder, asked, workers_of(workers), bar(RE_RUN))
    except KeyboardInterrupt:
        _complain("Stopped. What was not compared to its end is as it was.")
        return STOPPED
    _tell(found)
    return FAILED if found.proof.is_against or found.lacking else OK


def _tell(audited: "Audited") -> None:
    """Print what an audit has found."""
    from simcare.analysis.table_names import REPORT
    from simcare.report.answer import titles_of
    from simcare.report.proof import proof_said
    from simcare.report.words import paragraph

    for job in audited.jobs:
        _out(f"{job.path}: {job.proof.verdict}")
    for reason in audited.lacking:
        _out(f"{reason}; so it is not compared")
    if audited.other_version:
        _out("Another version of simcare made these results; they are compared all the same.")
    said = proof_said(audited.proof, titles_of(audited.findings.about))
    _console().print(paragraph(*said), soft_wrap=False)
    if audited.kept_because is None:
        _out(f"The report tells of it now: {audited.path / REPORT}")
    else:
        _out(f"The report stays as it is: {audited.kept_because}.")


def _verify(page: Path, folder: Path | None, workers: int | None) -> int:
    """Say what of a report and its tables is not what the replications say."""
    from simcare.app.running import say_if_compiling, workers_of
    from simcare.app.verifying import verify
    from simcare.report.verify_words import checked_said
    from simcare.study import LOAD_BY

    say_if_compiling([LOAD_BY], _compiling)
    found = verify(page, folder, workers_of(workers))
    for line in checked_said(found):
        _out(line)
    if found.differs:
        return BAD_INPUT if found.other_version else FAILED
    return BAD_INPUT if found.lacking else OK


def _rerun(given: argparse.Namespace) -> int:
    """Play one repetition again, and say how its outcomes are beside those stored."""
    from rich import box
    from rich.table import Table

    from simcare.app.rerunning import Wanted, rerun
    from simcare.report.rerun_words import rerun_said

    wanted = Wanted(given.case, given.policy, given.replication, given.outcome)
    found = rerun(given.folder, wanted)
    for part in rerun_said(found):
        if isinstance(part, str):
            _out(part)
            continue
        table = Table(box=box.SIMPLE)
        for name in part[0]:
            table.add_column(name)
        for row in part[1:]:
            table.add_row(*row)
        _console().print(table)
    return FAILED if found.differing else OK


def _trace(given: argparse.Namespace) -> int:
    from rich import box
    from rich.table import Table

    from simcare.app.tracing import Wanted, draw, trace
    from simcare.report.terminal import Sheet
    from simcare.report.trace import told

    wanted = Wanted(
        given.client,
        given.replication,
        given.case,
        tuple(given.policy),
        given.against,
        given.chart_file,
    )
    found = trace(given.folder, wanted)
    console = _console()
    for part in told(found, console.width):
        if not isinstance(part, Sheet):
            console.print(part, soft_wrap=False)
            continue
        table = Table(title=part.title, title_justify="left", box=box.SIMPLE, title_style="bold")
        for name in part.header:
            table.add_column(name, no_wrap=name in part.header[:2])
        for row in part.rows:
            table.add_row(*row)
        console.print(table)
    if given.chart or given.chart_file is not None:
        _say_what_the_font_lacks([found.case, *(way.policy for way in found.ways)])
        _out(f"Chart: {draw(given.folder, wanted, found)}")
    return OK


def _events(given: argparse.Namespace) -> int:
    """Write the event log of a replication into a file, or to stdout."""
    from simcare.app.events import Wanted, events, write

    wanted = Wanted(given.format, given.policy, given.case, given.replication, given.output)
    pieces = events(given.folder, wanted)
    if given.output is not None:
        _out(f"Events: {write(pieces, given.output)}")
        return OK
    for piece in pieces:
        sys.stdout.write(piece.decode())
    return OK


def _check(arguments: Sequence[str], folders: "Folders", multirun: bool, yes: bool) -> int:
    from simcare.app.running import loads_of, named, say_if_compiling, workers_of
    from simcare.app.sweeping import load_of
    from simcare.config.build import job as job_of
    from simcare.config.sweep import MOST_JOBS
    from simcare.config.sweep import sweep as sweep_of
    from simcare.study import LOAD_BY
    from simcare.study import about as about_of

    if multirun:
        sweep = sweep_of(arguments, folders, None if yes else MOST_JOBS)
        _out(f"All right: {len(sweep.jobs)} jobs.")
        for one in sweep.jobs:
            _out(f"  {one.label}")
        say_if_compiling([LOAD_BY], _compiling)
        about, scenarios, _ = load_of(sweep, workers_of(sweep.workers))
        _say_load(about, scenarios, sys.stdout)
        return OK
    job = job_of(arguments, folders)
    study = job.study
    runs = sum(scene.replications for scene in study.scenes)
    most = "at most " if study.precision is not None else ""
    _out(
        f"{study.name}: all right. {len(study.scenes)} scenarios, {most}{runs} replications in all."
    )
    for scene in study.scenes:
        least = f"{scene.ends[0]} to " if len(scene.ends) > 1 else ""
        _out(f"  {scene.case}, {scene.policy}: {least}{scene.replications} replications")
    for sentence in (
        *_past_deadlines(study), *_without_source(study), *_beginning(study), *_asked(study),
    ):  # fmt: skip
        _out(sentence)
    say_if_compiling([LOAD_BY], _compiling)
    (found,) = loads_of([study], workers_of(job.workers))
    _say_load(about_of(study), named(study, found), sys.stdout)
    return OK


def _evidence(arguments: Sequence[str], folders: "Folders", as_csv: bool) -> int:
    """List every number of a config with its source, and last how many are founded how well."""
    from simcare.config.build import job as job_of
    from simcare.config.evidence import counted, in_csv, parameters, told

    found = parameters(job_of(arguments, folders).resolved)
    for line in (in_csv if as_csv else told)(found):
        _out(line)
    if not as_csv:
        _out(counted(found))
    return OK


def _list(folders: "Folders") -> int:
    from simcare.config.files import catalogue

    for group, entries in catalogue(folders).items():
        _out(f"{group}:")
        for name, title in entries.items():
            _out(f"  {name:20} {title}".rstrip())
    return OK


def _dispatch(given: argparse.Namespace) -> int:
    if given.command == "report":
        return _report(given.folder)
    if given.command == "audit":
        return _audit(given.folder, given.all, given.workers)
    if given.command == "verify":
        return _verify(given.page, given.folder, given.workers)
    if given.command == "rerun":
        return _rerun(given)
    if given.command == "trace":
        return _trace(given)
    if given.command == "events":
        return _events(given)
    if given.command == "status":
        return _status(given.folder)
    from simcare.config.files import config_folders

    folders = config_folders(given.config_dir)
    if given.command == "list":
        return _list(folders)
    if given.command == "evidence":
        return _evidence(given.settings, folders, given.csv)
    if given.command == "find":
        return _find(given, folders)
    if given.command == "marginal":
        return _marginal(given, folders)
    if given.command == "check":
        return _check(given.settings, folders, given.multirun, given.yes)
    from simcare.app.commands import Command

    settings = tuple(given.settings)
    command = Command(settings, given.config_dir, given.multirun, given.yes)
    return (_sweep if given.multirun else _run)(command, folders)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, 1 (failed), 2 (bad input, nothing written) or 130 (stopped)."""
    gc.set_threshold(*SELDOM)
    _say_what_cannot_be_shown()
    try:
        code = _guarded(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        _complain("Stopped. Finished replications are kept: the same command goes on from there.")
        return STOPPED
    except BrokenPipeError:  # the reader has gone: nothing more can be said to it
        with suppress(BrokenPipeError):
            sys.stdout.close()
        return FAILED


def _say_what_cannot_be_shown() -> None:
    """Let a terminal that lacks a letter show a question mark in its place."""
    if sys.stdout is None:  # it was closed before we began: then nobody listens
        sys.stdout = io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _refusal() -> "type[StoreError]":
    """Return what the store raises; asked for only then, since it takes long to import."""
    from simcare.store import StoreError

    return StoreError


def _guarded(arguments: Sequence[str] | None) -> int:
    given = given_by(arguments)
    from simcare.config.messages import ConfigError

    try:
        return _dispatch(given)
    except ConfigError as error:
        count = len(error.problems)
        done = {"trace": "traced", "events": "written"}.get(given.command, "run")
        _complain(f"simcare: {count} problem{'s' if count > 1 else ''}, nothing was {done}:")
        for problem in error.problems:
            _complain(f"  {problem}")
        return BAD_INPUT
    except (KeyboardInterrupt, BrokenPipeError):
        raise  # before the store is imported, on top of what may be half imported
    except _refusal() as error:
        _complain(f"simcare: {error}")
        return BAD_INPUT
    except BrokenExecutor:
        _complain("simcare: a worker process was ended, perhaps for want of memory.")
        _complain("  What is finished is kept: the same command goes on from there; try workers=1.")
        return FAILED
    except OverflowError as error:
        _complain(f"simcare: {error}. What is finished is kept.")
        return FAILED
    except MemoryError:
        _complain("simcare: not enough memory. What is finished is kept.")
        return FAILED
    except OSError as error:
        what = error.strerror or str(error)
        _complain(f"simcare: {what}: {error.filename or 'the results'}. What is finished is kept.")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
