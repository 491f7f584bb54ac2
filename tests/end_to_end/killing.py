"""Processes that play the small sweep, killed at moments that a seed chooses."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.end_to_end import small_sweep

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a player ended: by which signal (0: of itself), and how long it was at it.

    ``played`` is how many replications of the sweep it said were played, each a block of its own.
    """

    by: int
    played: int
    seconds: float


class Players:
    """A process that has imported all, and starts another one for each sweep to be played."""

    def __init__(self, into: IO[str], out_of: IO[str]) -> None:
        self._into, self._out_of = into, out_of

    def play(self, root: Path, kill_after_seconds: float | None = None) -> Ended:
        """Play into a folder; kill the player some time after it has begun, if it still lives."""
        print(root, file=self._into, flush=True)
        begun, player = self._out_of.readline().split()
        assert begun == small_sweep.BEGUN
        began = time.monotonic()
        if kill_after_seconds is not None:
            time.sleep(kill_after_seconds)
            with suppress(ProcessLookupError):
                os.kill(int(player), signal.SIGKILL)
        played = 0
        while not (said := self._out_of.readline()).startswith(small_sweep.ENDED):
            played = int(said)
        return Ended(int(said.split()[1]), played, time.monotonic() - began)


@contextmanager
def players(*options: str) -> Iterator[Players]:
    """Yield what starts players, until it is done with."""
    command = [sys.executable, "-m", "tests.end_to_end.small_sweep", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Players(process.stdin, process.stdout)


def kill_often(folder: Path, kills: int, seed: int, *options: str) -> None:
    """Kill players so many times, and hold each time that nothing is lost or made again.

    A sweep that was killed is gone on with, perhaps to be killed again; one that gets to its end
    must have the tables of one that was never disturbed.
    """
    moments = random.Random(seed)
    with players(*options) as them:
        first = them.play(folder / "whole")
        assert first.by == 0
        whole = small_sweep.tables(folder / "whole")
        number = killed = 0
        while True:
            root = folder / str(number)
            before = small_sweep.parts(root, "replications")
            may_end = killed >= kills
            ended = them.play(root, None if may_end else moments.random() * first.seconds)
            kept = small_sweep.parts(root, "replications")
            assert before.items() <= kept.items()
            assert ended.played <= len(kept) + 1  # one may have been played and not yet written
            if ended.by == 0:
                assert small_sweep.tables(root) == whole
                assert not list(root.glob("results/[!.]*/**/*.tmp"))
                number += 1
                if may_end:
                    return
                continue
            assert ended.by == signal.SIGKILL
            killed += 1
