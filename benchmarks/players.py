"""How a competitor is made to play: in a worker of its own, or as a program that is called.

Every player says the same: CPU seconds of a run as the program itself counts them, start-up left
out, and the totals of each stage. What cannot play raises CannotPlayError, with the reason.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import specification as spec
from specification import Totals

HERE = Path(__file__).parent
SMALL = 0.01  # the scale of a run that shows what starting takes


class CannotPlayError(Exception):
    """A program that does not play at this size; says why."""


@dataclass(frozen=True)
class Turn:
    """What a player says of its turn: of one run, on average; memory in MB, over the base."""

    seconds: float
    totals: list[list[Totals]]
    reading_seconds: float = 0.0
    memory_mb: float | None = None


@dataclass(frozen=True)
class StartUp:
    """What starting takes, from nothing to the end of a first small run, in seconds."""

    wall: float
    cpu: float | None


class Player(ABC):
    """A program that is ready to play pathway-6 at one size."""

    start_up: StartUp

    @abstractmethod
    def play(self, seed: int, times: int) -> Turn:
        """Run so many times from a seed on; raise CannotPlayError if it cannot."""

    def close(self) -> None:
        """End what was started."""
        return


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[-1].split()) if lines else "it said nothing"


class Worker(Player):
    """A program in Python, in a process of its own (worker.py) that stays until it is closed."""

    def __init__(
        self, module: str, function: str, clients: int, environment: Mapping[str, str]
    ) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.words = Path(self.folder.name) / "words"
        command = [sys.executable, str(HERE / "worker.py"), module, function, str(clients)]
        began = time.perf_counter()
        with self.words.open("w") as words:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                text=True,
                env={**os.environ, **environment},
            )
        ready = self._listen()
        self.base_mb = ready["base_mb"]
        self.start_up = StartUp(time.perf_counter() - began, ready["cpu"])

    def _listen(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        code = self.process.wait()
        raise CannotPlayError(f"{_last_words(self.words.read_text())} (exit code {code})")

    def play(self, seed: int, times: int) -> Turn:
        """Have the worker run so many times from a seed on."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended: what it said last is read next
            print(seed, times, file=self.process.stdin, flush=True)
        said = self._listen()
        totals = [[Totals(*stage) for stage in run] for run in said["totals"]]
        memory = None if self.base_mb is None else said["peak_mb"] - self.base_mb
        return Turn(said["seconds"], totals, said["reading"], memory)

    def close(self) -> None:
        """Let the worker end."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended before
            self.process.stdin.close()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.folder.cleanup()


def called(command: Sequence[str], folder: str | None = None) -> str:
    """Return what a command prints; raise CannotPlayError with its last words if it fails.

    A shell stands between, for Linux counts what a process was before into its peak of memory.
    """
    between = ["sh", "-c", '"$@"; exit $?', "sh", *command]
    try:
        done = subprocess.run(between, capture_output=True, text=True, cwd=folder, check=False)
    except OSError as error:
        raise CannotPlayError(str(error)) from None
    if done.returncode:
        raise CannotPlayError(f"{_last_words(done.stderr)} (exit code {done.returncode})")
    return done.stdout


class Called(Player):
    """A program that prints a line of JSON for each run: "cpu" seconds, "out", and "rss_mb".

    It is called with a scale, a seed and a number of runs. The first run of each call warms up and
    is not counted.
    """

    def __init__(self, command: Sequence[str], clients: int) -> None:
        self.command, self.scale = tuple(command), clients / spec.CLIENTS
        began = time.perf_counter()
        small = self._runs(SMALL, 0, 1)[0]
        self.start_up = StartUp(time.perf_counter() - began, None)
        self.base_mb = small["rss_mb"]

    def _runs(self, scale: float, seed: int, times: int) -> list[dict[str, Any]]:
        said = called([*self.command, repr(scale), str(seed), str(times)])
        return [json.loads(line) for line in said.splitlines()]

    def play(self, seed: int, times: int) -> Turn:
        """Call the program for so many runs from a seed on, after one that warms up."""
        runs = self._runs(self.scale, seed - 1, times + 1)[1:]
        seconds = sum(run["cpu"] for run in runs) / times
        totals = [[Totals(*stage) for stage in run["out"]] for run in runs]
        return Turn(seconds, totals, memory_mb=max(run["rss_mb"] for run in runs) - self.base_mb)
