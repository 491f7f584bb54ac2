"""What can be typed: the commands, their options, and their help."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from simcare import __version__

MOST_WORKERS = 256
ANY_SIZE = "run it however large it is"
EPILOG = """examples:
  simcare run experiment=access                     the question this project exists for
  simcare run experiment=access service.capacities.residential.beds=120 seed=7
  simcare run policy=direct_access                  one policy, no comparison
  simcare run --multirun policy=gp_referral,direct_access seed=1,2
                                                    a sweep: every combination, side by side
  simcare status results/<folder>                   how far is it, and what failed?
  simcare report results/<folder>                   its report again, without simulating
  simcare audit results/<folder>                    is it what the other engine makes of it?
  simcare verify results/<folder>/report.html       is every number what the repetitions say?
  simcare rerun results/<folder> --replication 3    one repetition again, beside what is stored
  simcare trace results/<folder> --client 17        one person's way, under two policies
  simcare trace results/<folder> --policy direct_access --against gp_referral --chart
                                                    two lives, drawn too
  simcare events results/<folder> --format xes --output events.xes
                                                    an event log, for process mining
  simcare find policy=direct_access --capacity residential --from 100 --to 200
      --target 'half wait at most at residential < 30 days'
                                                    how many beds does it take?
  simcare marginal policy=direct_access --outcome 'started treatment by the deadline'
                                                    what does one more of each buy?
  simcare check experiment=access replications=100  is this config all right?
  simcare evidence experiment=access --csv          every number, its unit and its source
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
        ("evidence", "list every number of a config with its unit and source"),
    ):
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=EPILOG,
            parents=[own],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_settings(command)
        if name == "evidence":
            command.add_argument("--csv", action="store_true", help="as CSV, for other programs")
            continue
        command.add_argument(
            "-m", "--multirun", action="store_true", help="a sweep: key=a,b,c runs each of them"
        )
        command.add_argument("--yes", action="store_true", help=ANY_SIZE)
    _add_find(commands, own)
    _add_marginal(commands, own)
    listing = "list experiments, policies, services and populations"
    commands.add_parser("list", help=listing, description=listing, parents=[own])
    again = "make the report of a finished run again, without simulating"
    report = commands.add_parser("report", help=again, description=again)
    report.add_argument("folder", type=Path, help="a results folder")
    compare = "re-run a finished run or sweep by the other engine, and compare"
    audit = commands.add_parser("audit", help=compare, description=compare)
    audit.add_argument("folder", type=Path, help="a results folder, of a run or of a sweep")
    audit.add_argument(
        "--all", action="store_true", help="re-run every repetition, not only a sample"
    )
    audit.add_argument(
        "--workers", type=_count, metavar="N", help="processes to use (default: one for each core)"
    )
    _add_verify(commands)
    _add_rerun(commands)
    _add_trace(commands)
    _add_events(commands)
    stands = "say where a run or a sweep stands: what is done, what failed, how long it takes yet"
    status = commands.add_parser("status", help=stands, description=stands)
    status.add_argument(
        "folder",
        type=Path,
        nargs="?",
        help="a results folder, of a run or of a sweep; left out: all that lie in results/",
    )
    return parser


def _add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "settings",
        nargs="*",
        metavar="key=value",
        help="a config (experiment=, service=, population=, policy=) or a value",
    )


def _add_scenario(command: argparse.ArgumentParser) -> None:
    """Let one policy and one case of an experiment be chosen."""
    left_out = "of an experiment; left out: the first"
    command.add_argument("--policy", metavar="NAME", help=left_out)
    command.add_argument("--case", metavar="NAME", help=left_out)
    command.add_argument("--yes", action="store_true", help=ANY_SIZE)


def _add_find(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", own: argparse.ArgumentParser
) -> None:
    text = "find how many places meet a target"
    find = commands.add_parser("find", help=text, description=text, parents=[own])
    _add_settings(find)
    find.add_argument(
        "--capacity", metavar="NAME", required=True, help="whose number is searched: residential"
    )
    find.add_argument("--from", dest="lowest", metavar="N", required=True, help="the fewest")
    find.add_argument("--to", dest="highest", metavar="N", required=True, help="the most")
    find.add_argument(
        "--target",
        metavar="TARGET",
        required=True,
        help="an outcome as summary.csv names it, a side and a number: "
        "'half wait at most at residential < 30 days'",
    )
    _add_scenario(find)


def _add_marginal(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", own: argparse.ArgumentParser
) -> None:
    text = "tell what a little more of each capacity buys, and what it costs"
    marginal = commands.add_parser("marginal", help=text, description=text, parents=[own])
    _add_settings(marginal)
    marginal.add_argument(
        "--outcome", metavar="OUTCOME", required=True, help="as summary.csv names it"
    )
    marginal.add_argument("--more", metavar="N", default="1", help="how many more; left out: 1")
    marginal.add_argument(
        "--capacity",
        metavar="NAME",
        action="append",
        default=[],
        help="may be given again; left out: each of them in turn",
    )
    _add_scenario(marginal)


def _count(text: str) -> int:
    """Return a number of processes; raise what argparse makes a message of if it is none."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text}: a whole number from 1 to {MOST_WORKERS}")
    return int(text)


def _add_verify(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "hold every number of a report against what the repetitions of its run say"
    verify = commands.add_parser("verify", help=text, description=text)
    verify.add_argument("page", type=Path, help="a report.html, or the results folder it lies in")
    verify.add_argument(
        "--folder", type=Path, help="the results folder of a page that lies elsewhere"
    )
    verify.add_argument(
        "--workers", type=_count, metavar="N", help="processes to use (default: one for each core)"
    )


def _add_rerun(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "play one repetition again, and set its outcomes beside those stored"
    rerun = commands.add_parser("rerun", help=text, description=text)
    rerun.add_argument("folder", type=Path, help="a results folder, of a run")
    rerun.add_argument("--case", metavar="NAME", help="left out: the first")
    rerun.add_argument("--policy", metavar="NAME", help="left out: the first")
    rerun.add_argument(
        "--replication", metavar="NUMBER", help="from 0 on, as in the records; left out: 0"
    )
    rerun.add_argument(
        "--outcome", metavar="NAME", help="as summary.csv names it; left out: all of them"
    )


def _add_trace(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "tell one client's way through a run, under two policies side by side"
    trace = commands.add_parser("trace", help=text, description=text)
    trace.add_argument("folder", type=Path, help="a results folder")
    trace.add_argument(
        "--client",
        metavar="[STREAM:]NUMBER",
        help="arrival stream and number, such as residents:17; left out: one in the middle",
    )
    trace.add_argument(
        "--replication",
        metavar="NUMBER",
        help="from 0 on, as in the records: repetition 1 of a report is 0; left out: 0",
    )
    trace.add_argument("--case", metavar="NAME", help="left out: the first")
    trace.add_argument(
        "--policy",
        metavar="NAME",
        action="append",
        default=[],
        help="may be given again; left out: the base and the first other",
    )
    trace.add_argument(
        "--against",
        metavar="NAME",
        help="the policy that the others are set beside, in the left column",
    )
    trace.add_argument(
        "--chart", action="store_true", help="draw it too, into the charts of the results folder"
    )
    trace.add_argument(
        "--chart-file", metavar="FILE", help="draw it too, into this file: .svg or .png"
    )


def _add_events(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "write what happened in one repetition as an event log for other tools"
    events = commands.add_parser("events", help=text, description=text)
    events.add_argument("folder", type=Path, help="a results folder")
    events.add_argument(
        "--format", required=True, metavar="NAME", help="vidigi or bupar (CSV), or xes"
    )
    events.add_argument("--policy", metavar="NAME", help="left out: the first")
    events.add_argument("--case", metavar="NAME", help="left out: the first")
    events.add_argument(
        "--replication", metavar="NUMBER", help="from 0 on, as in the records; left out: 0"
    )
    events.add_argument("--output", metavar="FILE", help="left out: it is printed")


def given_by(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what a command line gives; settings may stand before and after options.

    Ends the program with a message and code 2 where it is no command.
    """
    parser = _parser()
    given, more = parser.parse_known_args(arguments)
    if more and ("settings" not in given or any(text.startswith("-") for text in more)):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:
        given.settings = [*given.settings, *more]
    return given
