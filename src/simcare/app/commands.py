"""Commands as they are typed: of a run, of a sweep, and of one job of it alone."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from simcare.config.given import parse
from simcare.config.sweep import OUTPUT, SweepJob


@dataclass(frozen=True)
class Command:
    """What a run or a sweep was asked for with, besides what follows from it.

    ``settings`` are the arguments key=value, ``config_dir`` is the folder of one's own configs,
    ``yes`` whether what is large is run all the same. ``asked`` is what is asked, with what belongs
    to that alone.
    """

    settings: tuple[str, ...] = ()
    config_dir: str | None = None
    multirun: bool = False
    yes: bool = False
    asked: tuple[str, ...] = ("run",)

    def __str__(self) -> str:
        """Return the line that can be pasted into a terminal, in the folder it was given in."""
        options = ["--multirun"] if self.multirun else []
        options += ["--yes"] if self.yes else []
        options += [] if self.config_dir is None else ["--config-dir", self.config_dir]
        return shlex.join(["simcare", *self.asked, *options, *self.settings])

    def alone(self, job: SweepJob, folder: Path) -> "Command":
        """Return the command that runs one job of this sweep again, into its own folder.

        It is this one where a job cannot be asked for by itself: what is finished is not run again.
        """
        if not job.settings:
            return self
        settings = (*job.settings, setting(OUTPUT, str(folder)))
        return replace(self, settings=settings, multirun=False)


def setting(key: str, text: str) -> str:
    """Return a text as the value of a key, in quotes where the grammar would read it otherwise."""
    plain = f"{key}={text}"
    if _reads(plain, key, text):
        return plain
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return next(
        (given for given in (f'{key}="{text}"', f"{key}='{text}'") if _reads(given, key, text)),
        f'{key}="{escaped}"',
    )


def _reads(given: str, key: str, text: str) -> bool:
    """Return whether an argument is read as this text."""
    found = parse([given])
    return not found.problems and found.values.get(key) == text
