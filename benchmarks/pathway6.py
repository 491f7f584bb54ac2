"""simcare's engines and other programs on the same model, pathway-6, side by side in one run.

    python benchmarks/pathway6.py --cpp COMMAND

writes what it found into benchmarks/: the raw figures (pathway6.json), the page (pathway6.md) and
its two pictures. ``--redraw`` makes page and pictures again from the figures. README.md beside this
file says what is compared, and what is counted.
"""

import argparse
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import charts
import page
from agreement import agreement
from competitors import ALL, COMPILED, NAMES, Competitor, missing
from findings import Findings, load, nothing_yet, save
from needs import outcomes_mb, start_ups
from rounds import get_ready, play_rounds
from threads import ratios

HERE = Path(__file__).parent
SIZES = (5_000, 20_000, 80_000, 200_000, 1_000_000)
ROUNDS = (15, 9, 7, 5, 5)
THREAD_RUNS = {5_000: 60, 200_000: 4}
THREAD_ROUNDS = 9


def parser() -> argparse.ArgumentParser:
    """Return what the command understands."""
    found = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    found.add_argument("--clients", type=int, nargs="+", default=SIZES, help="the sizes")
    found.add_argument("--rounds", type=int, nargs="+", default=ROUNDS, help="for each size")
    found.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME",
                       help=f"who is compared, of: {', '.join(NAMES)}")  # fmt: skip
    found.add_argument(
        "--most",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="of CPU at a size; who has used more sits out the rounds after the third",
    )
    found.add_argument(
        "--replications", type=int, default=40, help="for the agreement at 5,000 clients; 0: none"
    )
    found.add_argument("--cpp", metavar="COMMAND", help="peers_cpp.cpp, built")
    found.add_argument("--jaamsim", metavar="CLASSPATH", help="JaamSim's class path")
    found.add_argument("--output", type=Path, default=HERE, metavar="FOLDER")
    found.add_argument("--redraw", action="store_true", help="make the page of what was found")
    return found


def _checked(given: Namespace, found: argparse.ArgumentParser) -> Namespace:
    """Return the options, or end with a message if they do not fit together."""
    if len(given.clients) != len(given.rounds):
        found.error(
            f"--rounds needs a number for each size of --clients: {len(given.clients)}, "
            f"not {len(given.rounds)}"
        )
    if min(given.clients) < 1 or min(given.rounds) < 1:
        found.error("--clients and --rounds are numbers from 1 on")
    if not given.output.is_dir():
        found.error(f"--output {given.output}: no such folder")
    if given.redraw and not (given.output / "pathway6.json").exists():
        found.error(f"--redraw: there is no {given.output / 'pathway6.json'}")
    return given


def write(found: Findings, folder: Path) -> None:
    """Write the figures, the page and the pictures."""
    save(found, folder / "pathway6.json")
    charts.draw_times(found, folder / page.TIME_CHART)
    charts.draw_ratios(found, folder / page.RATIO_CHART)
    (folder / "pathway6.md").write_text(page.page(found), encoding="utf-8")


def compare(found: Findings, here: Sequence[Competitor], given: Namespace) -> None:
    """Play what was asked for; what is found is written after each size, so no size is lost."""
    if COMPILED in given.only:
        found.cold, found.again = start_ups()
    get_ready(here, given)
    for clients, count in sorted(zip(given.clients, given.rounds, strict=True)):
        able = [competitor for competitor in here if clients <= competitor.largest]
        if able:
            found.timings += play_rounds(able, clients, count, given.most, given)
            write(found, given.output)
    if COMPILED in given.only:
        sizes = {clients: outcomes_mb(clients) for clients in sorted(given.clients)}
        found.outcomes_mb = {clients: mb for clients, mb in sizes.items() if mb is not None}
        found.threads = {
            clients: ratios(clients, runs, THREAD_ROUNDS)
            for clients, runs in THREAD_RUNS.items()
            if clients <= max(given.clients)
        }
    if given.replications:
        found.agreement = agreement(here, given.replications, given)


def main() -> None:
    """Compare, and write the page."""
    command = parser()
    given = _checked(command.parse_args(), command)
    if given.redraw:
        write(load(given.output / "pathway6.json"), given.output)
        return
    asked = [competitor for competitor in ALL if competitor.name in given.only]
    found = nothing_yet()
    found.absent = {c.name: reason for c in asked if (reason := missing(c, given))}
    for name, reason in found.absent.items():
        print(f"{name}: left out, {reason}", file=sys.stderr)
    compare(found, [c for c in asked if c.name not in found.absent], given)
    write(found, given.output)
    print(page.page(found))


if __name__ == "__main__":
    main()
