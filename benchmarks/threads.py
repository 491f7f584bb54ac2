"""What two threads do in the time of one, on runs of the compiled engine.

    python benchmarks/threads.py CLIENTS RUNS ROUNDS

Each round plays so many runs in one thread and in two, in turn one or the other first, and says the
wall seconds of both as a line of JSON. A process of its own, so that nothing else is in it.
"""

import gc
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import simcare_engines
import specification as spec
from players import HERE


def seconds(play: spec.Play, runs: int, threads: int) -> float:
    """Return the wall seconds of so many runs in so many threads."""
    gc.collect()
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        for visits in pool.map(play, range(1, runs + 1)):
            del visits
        return time.perf_counter() - began


def ratios(clients: int, runs: int, rounds: int) -> list[float]:
    """Return, for each round, how much more two threads play than one in the same time."""
    command = [sys.executable, str(HERE / "threads.py"), str(clients), str(runs), str(rounds)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pairs = [json.loads(line) for line in said.splitlines()]
    return [one / two for one, two in pairs]


def main() -> None:
    """Play the rounds, and say each."""
    clients, runs, rounds = map(int, sys.argv[1:])
    simcare_engines.compiled(0.01)(0)
    play = simcare_engines.compiled(clients / spec.CLIENTS)
    for number in range(rounds):
        taken = {threads: seconds(play, runs, threads) for threads in ((1, 2), (2, 1))[number % 2]}
        print(json.dumps([taken[1], taken[2]]), flush=True)


if __name__ == "__main__":
    main()
