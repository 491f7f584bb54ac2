"""The reference engine with one rule of docs/engines.md broken on purpose, each in turn.

If a broken rule went unnoticed by all random services, that both engines agree on them would not
say that both obey the rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.equality.both import Simulate, a_seed
from tests.equality.services import numbered

from simcare.engines import compiled, reference
from simcare.engines.program import Program
from simcare.kernels.tables import Rows

Change = tuple[str, str]  # what the source of the engine says once, and what is said instead


@dataclass(frozen=True)
class Broken:
    """A rule in the words of docs/engines.md, what is done instead, and how the source says it."""

    rule: str
    instead: str
    changes: Sequence[Change]

    def simulate(self) -> Simulate:
        """Return the engine that breaks the rule."""
        source = Path(str(reference.__file__)).read_text(encoding="utf-8")
        for old, new in self.changes:
            found = source.count(old)
            assert found == 1, f"{self.instead}: the engine says {found} times, not once: {old}"
            source = source.replace(old, new)
        module = ModuleType("broken")
        exec(compile(source, "broken.py", "exec"), module.__dict__)
        simulate: Simulate = module.simulate
        return simulate


def _ranks(*order: str) -> list[Change]:
    """Return the change that puts the ranks in another order."""
    rank = {name: number for number, name in enumerate(order, 1)}
    line = "TELL_EVERY = 1000  # clients who come\n"
    ranks = (
        f"CHANGE, RETURN, ARRIVE = {rank['CHANGE']}, {rank['RETURN']}, {rank['ARRIVE']}\n\n\n"
        "def rank_of(fate: int) -> int:\n"
        f"    return {rank['END']} if fate == COMPLETED else {rank['LEAVE']}\n"
    )
    return [(line, line + ranks)]


# A mover that asks before those are served who wait for what it gives back.
_LATE: Mapping[str, Change] = {
    "at first": (
        "        clerk.begin_episode(desk, who)\n        while True:\n",
        "        clerk.begin_episode(desk, who)\n        late = None\n        while True:\n",
    ),
    "asking": (
        "            served = place is None or place.take()\n",
        "            served = place is None or place.take()\n"
        "            if late:\n                late.settle()\n                late = None\n",
    ),
    "going": (
        "            # ---- where next\n",
        "            # ---- where next\n"
        "            if late and kind != STAGE:\n                late.settle()\n"
        "                late = None\n",
    ),
}
_GIVEN_BACK = "                if place is not None:\n                    place.give_back()\n"
_LEFT = (
    "                    clerk.close_visit(desk, kept[1], env.now)\n"
    "                    kept[0].give_back()\n"
)
_AT_ONCE = (
    "            if served:\n                if kept:\n                    kept[0].give_back()\n"
)
_GRANT = "                if turn.held is not None:\n                    turn.held.give_back()\n"
_HOLDS = "self.holds[stage] and fate == COMPLETED and kind == STAGE:"
_STAYS = (
    "                ticks, fate = clerk.begin_stay(desk, row, env.now)\n"
    "                if kept:\n"
    "                    clerk.close_visit(desk, kept[1], env.now)\n"
)

BROKEN = (
    # ---- what is next
    Broken(
        "the key has a client",
        "at one tick and rank, who was there first goes first",
        [("rank << 32 | who", "rank << 32")],
    ),
    Broken(
        "who came first goes first",
        "who came last goes first",
        [("rank << 32 | who", "rank << 32 | (0xFFFFFFFF - who)")],
    ),
    Broken(
        "the key has a rank",
        "at one tick, who came first goes first, whatever it is",
        [("rank << 32 | who", "2 << 32 | who")],
    ),
    Broken(
        "CHANGE before END",
        "END before CHANGE",
        _ranks("END", "CHANGE", "LEAVE", "RETURN", "ARRIVE"),
    ),
    Broken(
        "CHANGE is first",
        "CHANGE is last",
        _ranks("END", "LEAVE", "RETURN", "ARRIVE", "CHANGE"),
    ),
    Broken(
        "END before LEAVE",
        "LEAVE before END",
        _ranks("CHANGE", "LEAVE", "END", "RETURN", "ARRIVE"),
    ),
    Broken(
        "LEAVE before RETURN",
        "RETURN before LEAVE",
        _ranks("CHANGE", "END", "RETURN", "LEAVE", "ARRIVE"),
    ),
    Broken(
        "RETURN before ARRIVE",
        "ARRIVE before RETURN",
        _ranks("CHANGE", "END", "LEAVE", "ARRIVE", "RETURN"),
    ),
    Broken(
        "a clock that ends a stay is a LEAVE",
        "it is an END",
        [("env.now + ticks, rank_of(fate), who)", "env.now + ticks, rank_of(COMPLETED), who)")],
    ),
    Broken(
        "a clock that ends a wait is a LEAVE",
        "it is an END",
        [
            (
                "Due(self.env, tick, rank_of(fate), who)",
                "Due(self.env, tick, rank_of(COMPLETED), who)",
            )
        ],
    ),
    Broken(
        "nothing happens at the horizon",
        "what falls at the horizon happens",
        [
            ("until=self.horizon", "until=self.horizon + 1"),
            ("if env.now + ticks < horizon:", "if env.now + ticks <= horizon:"),
            ("if env.now + ticks >= horizon:", "if env.now + ticks > horizon:"),
        ],
    ),
    # ---- what an event does
    Broken(
        "one event is finished before the next",
        "who is seated begins the stay when the tick's other events are over",
        [
            (
                "                turn.succeed()\n",
                "                turn._ok, turn._value = True, None\n"
                "                self.env.schedule(turn, 9 << 32)\n",
            )
        ],
    ),
    Broken(
        "a clock of nothing ends a wait as an event of its own",
        "it ends the wait in the event of asking",
        [
            (
                "if env.now + ticks < horizon:\n",
                "if ticks == 0:\n                    turn.succeed(fate)\n"
                "                elif env.now + ticks < horizon:\n",
            )
        ],
    ),
    Broken(
        "a new episode is an event of its own",
        "it begins in the event that ended the last",
        [("                yield Due(env, env.now, RETURN, who)\n", "")],
    ),
    Broken(
        "what opens is given to those who wait",
        "an opening serves nobody",
        [
            (
                "            place.number = number\n            place.settle()\n",
                "            place.number = number\n",
            )
        ],
    ),
    Broken(
        "nobody is evicted",
        "who is too many after a closing is no longer counted",
        [
            (
                "            place.number = number\n",
                "            place.number = number\n"
                "            place.busy = min(place.busy, number)\n",
            )
        ],
    ),
    Broken(
        "a place closes though it is busy",
        "only what is free closes",
        [
            (
                "            place.number = number\n",
                "            place.number = max(number, place.busy)\n",
            )
        ],
    ),
    Broken(
        "a place given back is settled, then the mover asks",
        "the mover asks first",
        [
            *_LATE.values(),
            (
                _GIVEN_BACK,
                "                if place is not None:\n"
                "                    place.busy -= 1\n                    late = place\n",
            ),
        ],
    ),
    Broken(
        "a leaver's kept place is settled, then the leaver asks",
        "the leaver asks first",
        [
            *_LATE.values(),
            (
                _LEFT,
                _LEFT.replace(
                    "kept[0].give_back()", "kept[0].busy -= 1\n                    late = kept[0]"
                ),
            ),
        ],
    ),
    # ---- keeping a place
    Broken(
        "only where the stage holds is a place kept",
        "every stage holds",
        [(_HOLDS, "fate == COMPLETED and kind == STAGE:")],
    ),
    Broken(
        "where the stage holds the mover keeps its place and asks",
        "it gives the place back first",
        [(_HOLDS, "False:")],
    ),
    Broken(
        "a place is kept only after a visit that is completed",
        "it is kept after any",
        [(_HOLDS, "self.holds[stage] and kind == STAGE:")],
    ),
    Broken(
        "a place is kept only on the way to a stage",
        "it is kept until a new episode, too",
        [(_HOLDS, "self.holds[stage] and fate == COMPLETED and kind != OUT:")],
    ),
    Broken(
        "a kept place is given back at the grant",
        "it is given back when the tick's other events are over",
        [
            (_GRANT, ""),
            (
                "                served = (yield turn) is None\n",
                "                served = (yield turn) is None\n"
                "                if served and kept:\n"
                "                    over = Due(env, env.now, 9, who)\n"
                "                    over.callbacks.append(lambda _, k=kept[0]: k.give_back())\n",
            ),
        ],
    ),
    Broken(
        "a place given back at a grant is settled too",
        "its list waits for the next event there",
        [(_GRANT, _GRANT.replace("give_back()", "busy -= 1"))],
    ),
    Broken(
        "a mover that is seated at once gives the kept place back, and it is settled",
        "its list waits for the next event there",
        [(_AT_ONCE, _AT_ONCE.replace("give_back()", "busy -= 1"))],
    ),
    Broken(
        "who leaves a list gives the kept place back",
        "it stays taken for ever",
        [(_LEFT, _LEFT.splitlines(keepends=True)[0])],
    ),
    Broken(
        "the visit of a kept place ends when the new stay has begun",
        "it is written down before the wait is charged",
        [(_STAYS, "".join(_STAYS.splitlines(keepends=True)[k] for k in (1, 2, 0)))],
    ),
    # ---- lists, places and units
    Broken(
        "a list is first come, first served",
        "last come, first served",
        [
            ("(self.list[0].triggered", "(self.list[-1].triggered"),
            ("self.list.popleft()", "self.list.pop()"),
        ],
    ),
    Broken(
        "a list does not ask what is kept",
        "who keeps a place elsewhere goes before the others",
        [("self.list.append(turn)", "(self.list.appendleft if held else self.list.append)(turn)")],
    ),
    Broken(
        "a list is in the order of joining over all stages that share it",
        "it is in the order of the stages",
        [
            (
                "turn = place.join(kept[0] if kept else None)\n",
                "turn = place.join(kept[0] if kept else None)\n"
                "                turn.stage = stage\n"
                "                place.list = deque(sorted(place.list, key=lambda t: t.stage))\n",
            )
        ],
    ),
    Broken(
        "a settlement serves all for whom something is free",
        "it serves one",
        [("while self.list and (", "if self.list and (")],
    ),
    Broken(
        "who has left is off the list",
        "who has left is still given a place",
        [
            (
                "            if not turn.triggered:\n                self.busy += 1\n",
                "            self.busy += 1\n            if not turn.triggered:\n",
            )
        ],
    ),
    Broken(
        "a client belongs to one unit by its address",
        "all belong to the first",
        [("self.places[first + unit]", "self.places[first]")],
    ),
)


@dataclass(frozen=True)
class Run:
    """A small service played by the compiled engine, which obeys the rules."""

    program: Program
    seed: int
    visits: Rows


def runs(many: int) -> list[Run]:
    """Return the runs of the first random small services."""
    found = []
    for number in range(many):
        program, seed = numbered(number).program(), a_seed(number)
        found.append(Run(program, seed, compiled.simulate(program, seed, 0)))
    return found


def noticed(simulate: Simulate, run: Run) -> bool:
    """Return whether an engine writes anything else than what was played, or cannot play it."""
    try:
        visits = simulate(run.program, run.seed, 0)
    except Exception:
        return True
    return visits.tobytes() != run.visits.tobytes()


def table(many: int) -> str:
    """Return how many of the first random services notice each broken rule, in Markdown."""
    played = runs(many)
    lines = [f"| rule | what was done instead | of {many:,} services |", "| --- | --- | --- |"]
    for broken in BROKEN:
        simulate = broken.simulate()
        times = sum(noticed(simulate, run) for run in played)
        lines.append(f"| {broken.rule} | {broken.instead} | {times} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(1000), end="")
