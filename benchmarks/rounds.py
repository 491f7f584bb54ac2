"""Interleaved rounds: each program once a round, who begins moves on by one.

A machine that slows down slows all of a round, so a ratio is one of two turns of the same round.
"""

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field

from competitors import Competitor
from players import CannotPlayError, Player
from specification import CLIENTS

FEWEST = 3  # rounds before a slow program may sit out


@dataclass
class Timing:
    """What a program took at a size: CPU seconds of a run, by round."""

    name: str
    clients: int
    seconds: dict[int, float] = field(default_factory=dict)
    reading_seconds: list[float] = field(default_factory=list)
    memory_mb: float | None = None
    start_wall: float | None = None
    start_cpu: float | None = None
    cannot: str = ""


def _begin(timing: Timing, competitor: Competitor, given: Namespace) -> Player | None:
    try:
        player = competitor.start(timing.clients, given)
    except CannotPlayError as error:
        timing.cannot = str(error)
        return None
    timing.start_wall, timing.start_cpu = player.start_up.wall, player.start_up.cpu
    return player


def _turn(timing: Timing, competitor: Competitor, player: Player, number: int) -> bool:
    """Let a program play its turn of a round; return whether it could."""
    runs = competitor.runs(timing.clients)
    try:
        turn = player.play(1 + number * runs, runs)
    except CannotPlayError as error:
        timing.cannot = f"{error}; {competitor.note}" if competitor.note else str(error)
        return False
    timing.seconds[number] = turn.seconds
    timing.reading_seconds.append(turn.reading_seconds)
    if turn.memory_mb is not None:
        timing.memory_mb = max(turn.memory_mb, timing.memory_mb or 0.0)
    return True


def get_ready(competitors: Sequence[Competitor], given: Namespace) -> None:
    """Start each program once, so that what is kept from one start to the next is there."""
    for competitor in competitors:
        _close(_begin(Timing(competitor.name, CLIENTS), competitor, given))


def _close(player: Player | None) -> None:
    if player is not None:
        player.close()


def play_rounds(
    competitors: Sequence[Competitor], clients: int, count: int, most: float, given: Namespace
) -> list[Timing]:
    """Return the timings of so many rounds at a size.

    A program that has used ``most`` CPU seconds sits out what is left after three rounds.
    """
    timings = {c.name: Timing(c.name, clients) for c in competitors}
    players = {c.name: _begin(timings[c.name], c, given) for c in competitors}
    try:
        for number in range(count):
            first = number % len(competitors)
            for competitor in [*competitors[first:], *competitors[:first]]:
                timing, player = timings[competitor.name], players[competitor.name]
                used = sum(timing.seconds.values()) * competitor.runs(clients)
                if player is None or (number >= FEWEST and used > most):
                    continue
                if not _turn(timing, competitor, player, number):
                    player.close()
                    players[competitor.name] = None
            print(".", end="", file=sys.stderr, flush=True)
    finally:
        for player in players.values():
            _close(player)
    print(f" {clients:,} clients", file=sys.stderr)
    return list(timings.values())
