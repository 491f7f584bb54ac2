"""The command line: run, check and list. The only place that prints."""

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simcare import __version__

if TYPE_CHECKING:
    from simcare.analysis.comparison import ComparisonRow, SummaryRow
    from simcare.config.build import Job
    from simcare.study import Study

ENGINE = "reference"
OK, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130
EPILOG = """examples:
  simcare run experiment=access                     the question this project exists for
  simcare run experiment=access service.capacities.residential.beds=120 seed=7
  simcare run policy=direct_access                  one policy, no comparison
  simcare check experiment=access replications=100  is this config all right?
  simcare list                                      experiments, policies, services, populations
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="simcare",
        description="Simulates addiction services: capacity, waiting, and what waiting does.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"simcare {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, text in (
        ("run", "run a policy, or all scenarios of an experiment"),
        ("check", "validate a config without running it"),
    ):
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument(
            "settings",
            nargs="*",
            metavar="key=value",
            help="a config (experiment=, service=, population=, policy=) or a value",
        )
    commands.add_parser("list", help="list experiments, policies, services and populations")
    return parser


def _out(text: str = "") -> None:
    print(text)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr while in here, nothing if that is not a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("replications,"),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _workers(asked: int | None) -> int:
    if asked is not None:
        return asked
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else (os.cpu_count() or 1)


def _folder(job: "Job") -> Path:
    """Return where results go: as asked, or a folder named after the question and the config."""
    if job.output is not None:
        return Path(job.output)
    return Path("results") / f"{job.study.name.replace('+', '-and-')}-{job.config_hash[:8]}"


def _show(study: "Study", summary: "list[SummaryRow]", comparison: "list[ComparisonRow]") -> None:
    """Print the table of the first case, the answer, and the other cases beside it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from simcare.report.answer import Titles
    from simcare.report.steadiness import period
    from simcare.report.terminal import Sheet, report

    titles = Titles(
        study.question,
        study.note,
        period(study.plan.warm_up_days, study.plan.horizon_days),
        study.policies,
        {name: note.title for name, note in study.cases.items()},
        study.plan.deadline_days,
        study.plan.smallest_difference_that_matters,
    )
    width = None if sys.stdout.isatty() else 110
    console = Console(highlight=False, markup=False, emoji=False, width=width)
    for part in report(titles, summary, comparison):
        if not isinstance(part, Sheet):
            console.print(part, soft_wrap=False)
            console.print()
            continue
        table = Table(title=part.title, title_justify="left", box=box.SIMPLE, title_style="bold")
        for k, name in enumerate(part.header):
            table.add_column(name, justify="left" if k == 0 else "right", no_wrap=k > 0)
        for row in part.rows:
            table.add_row(*row)
        console.print(table)


def _run(arguments: Sequence[str]) -> int:
    from simcare.config.build import job as job_of
    from simcare.report.steadiness import unsteady
    from simcare.store import is_finished, open_folder, provenance
    from simcare.study import drifts, run, tabulate

    job = job_of(arguments)
    path = _folder(job)
    origin = provenance(job.config_hash, job.study.plan.seed, ENGINE)
    began = time.perf_counter()
    with open_folder(path, job.resolved, origin) as folder:
        finished = is_finished(folder)
        with _progress(job.study.name) as progress:
            results = run(job.study, folder, _workers(job.workers), progress)
        summary, comparison = tabulate(job.study, results)
        before = finished and not folder.played
        if not before:
            folder.finish(results, summary, comparison, time.perf_counter() - began)
    _show(job.study, summary, comparison)
    moved = [(scene.case, scene.policy, drift) for scene, drift in drifts(job.study, results)]
    titles = {name: note.title for name, note in job.study.cases.items()}
    if warning := unsteady(moved, len(job.study.scenes), titles, job.study.policies):
        _out(warning)
        _out()
    if before:
        _out("This was run before: the stored records were read, nothing was simulated again.")
    _out(f"Results: {path}")
    return OK


def _check(arguments: Sequence[str]) -> int:
    from simcare.config.build import job as job_of

    study = job_of(arguments).study
    runs = sum(scene.replications for scene in study.scenes)
    _out(f"{study.name}: all right. {len(study.scenes)} scenarios, {runs} replications in all.")
    for scene in study.scenes:
        _out(f"  {scene.case}, {scene.policy}: {scene.replications} replications")
    return OK


def _list() -> int:
    from simcare.config.files import catalogue

    for group, entries in catalogue().items():
        _out(f"{group}:")
        for name, title in entries.items():
            _out(f"  {name:20} {title}".rstrip())
    return OK


def _dispatch(command: str, settings: Sequence[str]) -> int:
    if command == "list":
        return _list()
    return _run(settings) if command == "run" else _check(settings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, 1 (failed), 2 (bad input, nothing written) or 130 (stopped)."""
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _guarded(arguments: Sequence[str] | None) -> int:
    given = _parser().parse_args(arguments)
    from simcare.config.messages import ConfigError
    from simcare.store import StoreError

    try:
        return _dispatch(given.command, getattr(given, "settings", ()))
    except ConfigError as error:
        count = len(error.problems)
        _complain(f"simcare: {count} problem{'s' if count > 1 else ''}, nothing was run:")
        for problem in error.problems:
            _complain(f"  {problem}")
        return BAD_INPUT
    except StoreError as error:
        _complain(f"simcare: {error}")
        return BAD_INPUT
    except BrokenPipeError:
        raise
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
