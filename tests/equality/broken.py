"""The reference engine with one rule of docs/engines.md broken on purpose, each in turn.

If a broken rule went unnoticed by all random services, that both engines agree on them would not
say that both obey the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.equality.both import Simulate, a_seed
from tests.equality.drawn import numbered

from simcare.engines import compiled, reference
from simcare.engines.program import Program
from simcare.kernels.tables import BEGINS, MISSED, NEVER, PUTS_OFF, Rows

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
        *(f"{name} = {rank[name]}\n" for name in ("CHANGE", "REVIEW", "RETURN", "ARRIVE")),
        "\n\ndef rank_of(fate: int) -> int:\n",
        f"    return {rank['END']} if fate in (COMPLETED, {MISSED}) else {rank['LEAVE']}\n",
    )
    return [(line, line + "".join(ranks))]


# A mover that asks before those are served who wait for what it gives back.
_LATE: Sequence[Change] = (
    (
        "        clerk.begin_episode(desk, who)\n        while True:\n",
        "        clerk.begin_episode(desk, who)\n        late = set()\n        while True:\n",
    ),
    (
        "            if served:\n                take(wanted)\n",
        "            if served:\n                take(wanted)\n"
        "            self.settle(late)\n            late = set()\n            if served:\n",
    ),
    (
        "            # ---- where next\n",
        "            # ---- where next\n"
        "            if kind != STAGE:\n                self.settle(late)\n"
        "                late = set()\n",
    ),
)
_GIVEN_BACK = "                self.settle(places)\n"
_LEFT = "                    self.settle(self.released(kept, []))\n"
_AT_ONCE = "                    self.settle(self.released(kept, places))\n"
_GRANT = "                freed |= self.released(turn.kept, turn.places)\n"
_HOLDS = "self.holds[stage] and fate == COMPLETED and kind == STAGE:"
_STAYS = (
    "                ticks, fate = clerk.begin_stay(desk, row, began)\n"
    "                if kept:\n"
    "                    clerk.close_visit(desk, kept.row, began)\n"
)
_FIRST_COME = "Entry(0, 0.0, place.joined, turn.who, turn)"
_TURN = "Entry(of_class, key, turn.since, turn.who, turn)"
_ANEW = "                if place.order != NONE:\n                    place.remove("
_SUCCEED = "            turn.succeed()\n"
_LOOK = "            if self.looks[stage]:\n                self.look()\n"
_END = "            kind, to = clerk.end_visit(desk, row, ended, fate)\n"
_FULL = "len(self.list) >= self.together and self.has_room_for_a_group()"
_WHOLE = "self.seats = self.together"
_FIRST_OF_A_GROUP = "return self.list[0].turn\n\n    def has_room"
_ASKED = "        units = clerk.begin_visit(self.desk, row, who, stage, self.env.now)\n"
_MARKED = (
    "{indent}tables = self.program.tables\n"
    '{indent}first, many = tables.stages[["marks_first", "marks_many"]][stage]\n'
    "{indent}for does, deadline in tables.marks[first : first + many].tolist():\n"
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
        _ranks("END", "CHANGE", "REVIEW", "LEAVE", "RETURN", "ARRIVE"),
    ),
    Broken(
        "CHANGE is first",
        "CHANGE is last",
        _ranks("END", "REVIEW", "LEAVE", "RETURN", "ARRIVE", "CHANGE"),
    ),
    Broken(
        "END before REVIEW",
        "REVIEW before END",
        _ranks("CHANGE", "REVIEW", "END", "LEAVE", "RETURN", "ARRIVE"),
    ),
    Broken(
        "END before LEAVE",
        "LEAVE before END",
        _ranks("CHANGE", "REVIEW", "LEAVE", "END", "RETURN", "ARRIVE"),
    ),
    Broken(
        "REVIEW before LEAVE",
        "LEAVE before REVIEW",
        _ranks("CHANGE", "END", "LEAVE", "REVIEW", "RETURN", "ARRIVE"),
    ),
    Broken(
        "LEAVE before RETURN",
        "RETURN before LEAVE",
        _ranks("CHANGE", "END", "REVIEW", "RETURN", "LEAVE", "ARRIVE"),
    ),
    Broken(
        "RETURN before ARRIVE",
        "ARRIVE before RETURN",
        _ranks("CHANGE", "END", "REVIEW", "LEAVE", "ARRIVE", "RETURN"),
    ),
    Broken(
        "a clock that ends a stay is a LEAVE",
        "it is an END",
        [
            (
                "Due(env, began + ticks, rank_of(fate), who)",
                "Due(env, began + ticks, rank_of(COMPLETED), who)",
            )
        ],
    ),
    Broken(
        "a clock that ends a wait is a LEAVE",
        "it is an END",
        [
            (
                "Due(self.env, tick, rank_of(fate), self.who)",
                "Due(self.env, tick, rank_of(COMPLETED), self.who)",
            )
        ],
    ),
    Broken(
        "nothing happens at the horizon",
        "what falls at the horizon happens",
        [
            ("until=self.horizon", "until=self.horizon + 1"),
            ("if now + ticks < self.horizon:", "if now + ticks <= self.horizon:"),
            ("if began + ticks >= self.horizon:", "if began + ticks > self.horizon:"),
            ("if tick >= self.horizon:", "if tick > self.horizon:"),
        ],
    ),
    # ---- what an event does
    Broken(
        "one event is finished before the next",
        "who is seated begins the stay when the tick's other events are over",
        [
            (
                _SUCCEED,
                "            turn._ok, turn._value = True, None\n"
                "            self.env.schedule(turn, 9 << 32)\n",
            )
        ],
    ),
    Broken(
        "a clock of nothing ends a wait as an event of its own",
        "it ends the wait in the event of asking",
        [
            (
                "        if now + ticks < self.horizon:\n",
                "        if ticks == 0:\n            turn.succeed(fate)\n"
                "        elif now + ticks < self.horizon:\n",
            )
        ],
    ),
    Broken(
        "a new episode is an event of its own",
        "it begins in the event that ended the last",
        [("                yield Due(env, ended, RETURN, who)\n", "")],
    ),
    Broken(
        "all that changes in a tick changes, then it is settled",
        "each change is settled by itself",
        [
            (
                "                changed.append(place)\n            self.settle(changed)\n",
                "                self.settle([place])\n",
            )
        ],
    ),
    Broken(
        "what opens is given to those who wait",
        "an opening serves nobody",
        [("            self.settle(changed)\n", "")],
    ),
    Broken(
        "nobody is evicted",
        "who is too many after a closing is no longer counted",
        [
            (
                "                    place.there = there\n",
                "                    place.there = there\n"
                "                    place.busy = min(place.busy, there)\n",
            )
        ],
    ),
    Broken(
        "a place closes though it is busy",
        "only what is free closes",
        [("place.there = there\n", "place.there = max(there, place.busy)\n")],
    ),
    Broken(
        "a place given back is settled, then the mover asks",
        "the mover asks first",
        [*_LATE, (_GIVEN_BACK, "                late = set(places)\n")],
    ),
    Broken(
        "a leaver's kept place is settled, then the leaver asks",
        "the leaver asks first",
        [*_LATE, (_LEFT, "                    late = self.released(kept, [])\n")],
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
            (_GRANT, "                pass\n"),
            (
                "                served = fate is None\n",
                "                served = fate is None\n"
                "                if served and kept:\n"
                "                    over = Due(env, env.now, 9, who)\n"
                "                    over.callbacks.append(\n"
                "                        lambda _, k=kept, p=places: self.settle("
                "self.released(k, p))\n"
                "                    )\n",
            ),
        ],
    ),
    Broken(
        "a place given back at a grant is settled too",
        "its list waits for the next event there",
        [(_GRANT, "                self.released(turn.kept, turn.places)\n")],
    ),
    Broken(
        "a mover that is seated at once gives the kept place back, and it is settled",
        "its list waits for the next event there",
        [(_AT_ONCE, "                    self.released(kept, places)\n")],
    ),
    Broken(
        "who leaves a list gives the kept place back",
        "it stays taken for ever",
        [(_LEFT, "")],
    ),
    Broken(
        "the visit of a kept place ends when the new stay has begun",
        "it is written down before the wait is charged",
        [(_STAYS, "".join(_STAYS.splitlines(keepends=True)[k] for k in (1, 2, 0)))],
    ),
    Broken(
        "who keeps what is asked for goes on with it",
        "it is given back, and waited for like the others",
        [
            (" if p not in kept.places]", "]"),
            (
                "{place for place in kept.places if place not in but_for}",
                "set(kept.places)",
            ),
        ],
    ),
    # ---- lists, places and units
    Broken(
        "a list is first come, first served",
        "last come, first served",
        [(_FIRST_COME, "Entry(0, 0.0, -place.joined, turn.who, turn)")],
    ),
    Broken(
        "a list does not ask what is kept",
        "who keeps a place elsewhere goes before the others",
        [(_FIRST_COME, "Entry(-bool(turn.kept), 0.0, place.joined, turn.who, turn)")],
    ),
    Broken(
        "a list is in the order of joining over all stages that share it",
        "it is in the order of the stages",
        [(_FIRST_COME, 'Entry(self.visits["stage"][row], 0.0, place.joined, turn.who, turn)')],
    ),
    Broken(
        "a settlement serves all for whom something is free",
        "it serves one",
        [(_SUCCEED, f"{_SUCCEED}            freed.remove(place)\n")],
    ),
    Broken(
        "who has left is off the list",
        "who has left is still given a place",
        [
            (
                "            if not served:\n                turn.quit()\n",
                "            if not served:\n",
            ),
            (_SUCCEED, "            if not turn.triggered:\n                turn.succeed()\n"),
        ],
    ),
    Broken(
        "a client belongs to one unit by its address",
        "all belong to the first",
        [("self.places[first + (units >> UNIT_BITS * k & UNIT_MASK)]", "self.places[first]")],
    ),
    # ---- several places at a time
    Broken(
        "who asks for several is seated when all are free",
        "when the first of them is",
        [
            (
                "all(map(Place.is_free, places))",
                "all(map(Place.is_free, places[:1]))",
            )
        ],
    ),
    Broken(
        "who can have all that is asked for is seated before who cannot",
        "a list waits for its first",
        [
            (
                "                    return entry.turn\n",
                "                    return entry.turn\n                break\n",
            )
        ],
    ),
    Broken(
        "what has been freed is served in the order of the places' numbers",
        "in the reverse order",
        [("place = min(freed)", "place = max(freed)")],
    ),
    # ---- lists with an order
    Broken(
        "a list goes by class, then by key",
        "by key, then by class",
        [(_TURN, "Entry(key, of_class, turn.since, turn.who, turn)")],
    ),
    Broken(
        "a list with an order goes by class first",
        "by key alone",
        [(_TURN, "Entry(0, key, turn.since, turn.who, turn)")],
    ),
    Broken(
        "within a class a list goes by key",
        "by the tick of asking",
        [(_TURN, "Entry(of_class, 0.0, turn.since, turn.who, turn)")],
    ),
    Broken(
        "of one key, who asked first goes first",
        "who came first does",
        [(_TURN, "Entry(of_class, key, 0, turn.who, turn)")],
    ),
    Broken(
        "of one key and one tick of asking, who came first goes first",
        "who joined first does",
        [(_TURN, "Entry(of_class, key, turn.since, place.joined, turn)")],
    ),
    Broken(
        "class and key are those of the client as it is by now",
        "as it was when the wait began",
        [("row, place.order, self.env.now)", "row, place.order, turn.since)")],
    ),
    # ---- reviews
    Broken(
        "a review takes the turn anew",
        "the turn is that of joining",
        [(_ANEW, _ANEW.replace("place.order != NONE", "False"))],
    ),
    Broken(
        "a review leaves a list without an order as it is",
        "the client joins it anew",
        [(_ANEW, _ANEW.replace("place.order != NONE", "True"))],
    ),
    Broken(
        "a review is followed by the next",
        "there is one review",
        [("            self.review_at(self.env.now + every, every, turn, row)\n", "")],
    ),
    Broken(
        "a review looks at how places stand by now",
        "as they stood when somebody looked before",
        [
            (
                "            self.look()\n            if clerk.is_moved",
                "            if clerk.is_moved",
            ),
            (_LOOK, _LOOK.replace("[stage]:", "[stage] and fate != MOVED:")),
        ],
    ),
    # ---- offers
    Broken(
        "a missed offer is an END",
        "it is a LEAVE",
        [
            (
                "Due(env, began + ticks, rank_of(fate), who)",
                f"Due(env, began + ticks, rank_of(fate) + 2 * (fate == {MISSED}), who)",
            )
        ],
    ),
    Broken(
        "a place that is not taken is settled, then the mover asks",
        "the mover asks first",
        [
            *_LATE,
            (
                _GIVEN_BACK,
                f"                if fate == {MISSED}:\n"
                "                    late = set(places)\n"
                "                else:\n"
                "                    self.settle(places)\n",
            ),
        ],
    ),
    Broken(
        "who misses an offer goes on waiting while the place is lost",
        "that time is charged to nobody",
        [
            (
                _END,
                f"            at = began if fate == {MISSED} else ended\n"
                "            kind, to = clerk.end_visit(desk, row, at, fate)\n"
                '            self.visits["ended"][row] = ended\n',
            )
        ],
    ),
    # ---- cases that look
    Broken(
        "a case looks while the client's own place is taken",
        "when it has been given back",
        [
            (
                _LOOK,
                "            own = places if served else []\n"
                "            for place in own:\n                place.busy -= 1\n"
                "            self.look()\n"
                "            for place in own:\n                place.busy += 1\n",
            )
        ],
    ),
    Broken(
        "a case looks while the client's own turn is on the list",
        "when it is off the list",
        [
            (
                _LOOK,
                "            if not served and fate != MOVED:\n                turn.quit()\n"
                + _LOOK,
            ),
            (
                "            if not served:\n                turn.quit()\n                if kept:",
                "            if not served:\n                if fate == MOVED:\n"
                "                    turn.quit()\n                if kept:",
            ),
        ],
    ),
    # ---- bought places
    Broken(
        "a bought place is had for so many days at most",
        "for as long as the stay is",
        [
            (
                "        self.env = Ticking()\n        self.passed",
                "        from dataclasses import replace\n"
                "        stages = program.tables.stages.copy()\n"
                '        stages["longest"] = 1 << 60\n'
                "        tables = program.tables._replace(stages=stages)\n"
                "        program = replace(program, tables=tables)\n"
                "        self.env = Ticking()\n        self.passed",
            )
        ],
    ),
    Broken(
        "a bought place is free only if the budget covers the longest stay",
        "if anything is left of it",
        [
            (
                "self.budget >= self.set_aside",
                "(self.budget > 0 or self.set_aside == 0)",
            )
        ],
    ),
    Broken(
        "whoever is seated sets the whole time aside",
        "what is used is paid at the end",
        [
            ("        self.budget -= self.set_aside\n", ""),
            (
                "self.budget += max(0, self.set_aside - (now - since))",
                "self.budget -= min(self.set_aside, now - since)",
            ),
        ],
    ),
    Broken(
        "what was not used of a stay comes back",
        "it is spent",
        [("self.budget += max(0, self.set_aside - (now - since))", "self.budget += 0")],
    ),
    Broken(
        "what was not used comes back to the budget in which the stay began",
        "to today's",
        [("if self.set_aside and since >= self.since:", "if True:")],
    ),
    Broken(
        "a new year has a budget of its own",
        "what is left of the last is added to it",
        [("place.since = budget, tick", "place.since = place.budget + budget, tick")],
    ),
    # ---- groups that start together
    Broken(
        "who asks for a place of a group joins the list",
        "who finds a place free has it",
        [("not in_a_group and are_free(wanted)", "are_free(wanted)")],
    ),
    Broken(
        "joining the list settles it",
        "it waits for the next event there",
        [
            (
                "                if in_a_group and state == PAST:\n"
                "                    self.settle(wanted)\n",
                "",
            )
        ],
    ),
    Broken(
        "a group starts if so many are on the list",
        "if there is room, with those who are there",
        [
            (_FULL, "self.list and self.has_room_for_a_group()"),
            (_WHOLE, "self.seats = min(self.together, len(self.list))"),
        ],
    ),
    Broken(
        "a group starts if there is room for all of it",
        "if a place is free",
        [("return free >= self.together and", "return free >= 1 and")],
    ),
    Broken(
        "a group starts if what is left of the budget covers it",
        "if it covers one stay",
        [("self.budget >= self.together * self.set_aside", "self.budget >= 1 * self.set_aside")],
    ),
    Broken(
        "a group is of so many",
        "of all who wait, as far as there is room",
        [(_WHOLE, "self.seats = min(len(self.list), self.there - self.busy)")],
    ),
    Broken(
        "the first of the list are a group",
        "the last are",
        [(_FIRST_OF_A_GROUP, "return self.list[-1].turn\n\n    def has_room")],
    ),
    Broken(
        "after a group perhaps the next one starts",
        "there is one in an event",
        [
            (
                "            turn = place.next_turn()\n",
                "            if place.together > 1 and place.seats == 0 and place in begun:\n"
                "                freed.remove(place)\n"
                "                continue\n"
                "            begun.add(place)\n"
                "            turn = place.next_turn()\n",
            ),
            ("        while freed:\n", "        begun = set()\n        while freed:\n"),
        ],
    ),
    Broken(
        "who misses the offer is not replaced in the group",
        "the next on the list is seated",
        [
            (
                _GIVEN_BACK,
                f"                if fate == {MISSED}:\n"
                "                    for place in places:\n"
                "                        place.seats = min(1, len(place.list))\n" + _GIVEN_BACK,
            )
        ],
    ),
    Broken(
        "a case finds a place of a group free if one is",
        "if a group could start",
        [
            (
                'row["waiting"] = place.there,',
                'row["waiting"] = (place.there if place.together == 1 or '
                "place.has_room_for_a_group() else place.busy),",
            )
        ],
    ),
    # ---- deadlines
    Broken(
        "a deadline begins once in an episode",
        "whenever a visit to one of its stages is asked for",
        [
            (
                _ASKED,
                _MARKED.format(indent=" " * 8)
                + f"            if does == {BEGINS}:\n"
                + f"                self.people.due[who, deadline] = {NEVER}\n"
                + _ASKED,
            )
        ],
    ),
    Broken(
        "a new episode has deadlines of its own",
        "those of the last one go on",
        [
            (
                "                yield Due(env, ended, RETURN, who)\n",
                "                yield Due(env, ended, RETURN, who)\n"
                "                running = self.people.due[who : who + 1].copy()\n",
            ),
            (
                "                clerk.begin_episode(desk, who)\n            stage = to\n",
                "                clerk.begin_episode(desk, who)\n"
                "                self.people.due[who : who + 1] = running\n"
                "            stage = to\n",
            ),
        ],
    ),
    Broken(
        "a visit puts a deadline off by the whole of it",
        "by the stay alone",
        [
            (
                _END,
                _END
                + _MARKED.format(indent=" " * 12)
                + f"                if does == {PUTS_OFF} and "
                + f"self.people.due[who, deadline] != {NEVER}:\n"
                + "                    queued, start = "
                + 'self.visits[["queued", "started"]][row]\n'
                + "                    self.people.due[who, deadline] -= "
                + "(start if served else ended) - queued\n",
            )
        ],
    ),
    Broken(
        "a deadline is put off by visits that do not count",
        "it is not",
        [
            (
                _END,
                "            before = self.people.due[who : who + 1].copy()\n"
                + _END
                + _MARKED.format(indent=" " * 12)
                + f"                if does == {PUTS_OFF}:\n"
                + "                    self.people.due[who, deadline] = before[0, deadline]\n",
            )
        ],
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
