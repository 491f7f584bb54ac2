"""The command line: run, check, list and report. The only place that prints."""

import argparse
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simcare import __version__

if TYPE_CHECKING:
    from simcare.analysis.findings import Findings
    from simcare.config.files import Folders
    from simcare.study import Need

# In letters: below the least width numbers are wrapped too, and what a row is about and its verdict
# have so many at the least.
LEAST_WIDTH, FIRST_COLUMN, LAST_COLUMN = 105, 20, 12
OK, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130
EPILOG = """examples:
  simcare run experiment=access                     the question this project exists for
  simcare run experiment=access service.capacities.residential.beds=120 seed=7
  simcare run policy=direct_access                  one policy, no comparison
  simcare run --multirun policy=gp_referral,direct_access seed=1,2
                                                    a sweep: every combination, side by side
  simcare report results/<folder>                   its report again, without simulating
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
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument(
        "--config-dir", metavar="DIR", help="configs of your own, beside those that are shipped"
    )
    for name, text in (
        ("run", "run a policy, all scenarios of an experiment, or a sweep"),
        ("check", "validate a config without running it"),
    ):
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=EPILOG,
            parents=[own],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument(
            "settings",
            nargs="*",
            metavar="key=value",
            help="a config (experiment=, service=, population=, policy=) or a value",
        )
        command.add_argument(
            "-m", "--multirun", action="store_true", help="a sweep: key=a,b,c runs each of them"
        )
        command.add_argument("--yes", action="store_true", help="run a sweep however large it is")
    listing = "list experiments, policies, services and populations"
    commands.add_parser("list", help=listing, description=listing, parents=[own])
    again = "make the report of a finished run again, without simulating"
    report = commands.add_parser("report", help=again, description=again)
    report.add_argument("folder", type=Path, help="a results folder")
    return parser


def _out(text: str = "") -> None:
    print(text)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[float, int], None]]:
    """Show a progress bar on stderr while in here, nothing if that is not a terminal."""
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
        task = bar.add_task(title, total=1)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _announce(need: "Need") -> None:
    """Say what a run needs in time and memory, before it starts."""
    from simcare.report.need import what_it_needs

    if need.replications:
        _complain(
            what_it_needs(
                need.replications, need.people, need.seconds, need.memory_bytes, need.disk_bytes
            )
        )


def _show(findings: "Findings") -> None:
    """Print the tables and the answer of some findings, and where lists do not settle."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from simcare.report.terminal import Sheet, report

    width = None if sys.stdout.isatty() else 110
    console = Console(highlight=False, markup=False, emoji=False, width=width)
    for part in report(findings):
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
                min_width=FIRST_COLUMN if first else LAST_COLUMN if last else None,
            )
        for row in part.rows:
            table.add_row(*row)
        console.print(table)


def _run(arguments: Sequence[str], folders: "Folders") -> int:
    from simcare.app.running import folder_of, run_job, workers_of
    from simcare.config.build import job as job_of

    job = job_of(arguments, folders)
    with _progress(job.study.name) as progress:
        done = run_job(job, folder_of(job), workers_of(job.workers), progress, _announce)
    _show(done.findings)
    _where(done.path, done.before)
    return OK


def _where(path: Path, before: bool = False) -> None:
    """Say where the results are, and whether they had been there before."""
    from simcare.report.book import REPORT

    if before:
        _out("This was run before: the stored records were read, nothing was simulated again.")
    _out(f"Report:  {path / REPORT}")
    _out(f"Results: {path}")


def _sweep(arguments: Sequence[str], folders: "Folders", yes: bool) -> int:
    from simcare.app.running import workers_of
    from simcare.app.sweeping import folder_of, run_sweep
    from simcare.config.sweep import MOST_JOBS
    from simcare.config.sweep import sweep as sweep_of

    sweep = sweep_of(arguments, folders, None if yes else MOST_JOBS)
    with _progress(f"{len(sweep.jobs)} jobs") as progress:
        done = run_sweep(sweep, folder_of(sweep), workers_of(sweep.workers), progress, _announce)
    if done.findings is not None:
        _show(done.findings)
        _where(done.path, done.before)
    if not done.failures:
        return OK
    _complain(f"simcare: {len(done.failures)} of {len(sweep.jobs)} jobs failed:")
    for failure in done.failures:
        _complain(f"  {failure.label}: {failure.reason}")
    _complain("What is finished is kept: the same command tries the failed ones again.")
    return FAILED


def _report(folder: Path) -> int:
    from simcare.app.running import report_again

    report_again(folder)
    _where(folder)
    return OK


def _check(arguments: Sequence[str], folders: "Folders", multirun: bool, yes: bool) -> int:
    from simcare.config.build import job as job_of
    from simcare.config.sweep import MOST_JOBS
    from simcare.config.sweep import sweep as sweep_of

    if multirun:
        sweep = sweep_of(arguments, folders, None if yes else MOST_JOBS)
        _out(f"All right: {len(sweep.jobs)} jobs.")
        for one in sweep.jobs:
            _out(f"  {one.label}")
        return OK
    study = job_of(arguments, folders).study
    runs = sum(scene.replications for scene in study.scenes)
    _out(f"{study.name}: all right. {len(study.scenes)} scenarios, {runs} replications in all.")
    for scene in study.scenes:
        _out(f"  {scene.case}, {scene.policy}: {scene.replications} replications")
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
    from simcare.config.files import config_folders

    folders = config_folders(given.config_dir)
    if given.command == "list":
        return _list(folders)
    if given.command == "check":
        return _check(given.settings, folders, given.multirun, given.yes)
    if given.multirun:
        return _sweep(given.settings, folders, given.yes)
    return _run(given.settings, folders)


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
    if sys.stdout is None:  # it was closed before we began: then nobody listens
        sys.stdout = io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what was given; settings may stand before and after options."""
    parser = _parser()
    given, more = parser.parse_known_args(arguments)
    if more and ("settings" not in given or any(text.startswith("-") for text in more)):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:
        given.settings = [*given.settings, *more]
    return given


def _guarded(arguments: Sequence[str] | None) -> int:
    given = _given(arguments)
    from simcare.config.messages import ConfigError
    from simcare.store import StoreError

    try:
        return _dispatch(given)
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
