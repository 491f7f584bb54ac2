"""The reference engine, watched: what happens in a run that its rows do not say."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from simcare.engines import reference
from simcare.engines.program import Program
from simcare.kernels.tables import (
    BEGINS,
    FREE,
    FULL,
    LISTED,
    MOVED,
    NEVER,
    NONE,
    UNIT_BITS,
    UNIT_MASK,
    People,
    Rows,
)

STATES = {FREE: "free", FULL: "full", LISTED: "waiting"}
OVERTAKES = ("by class", "by key", "by deadline", "by the tick of asking", "by who came first")
SEEN = (
    *(
        f"a place for {states} looked at: {so}"
        for states in STATES.values()
        for so in (True, False)
    ),
    *(f"a list with an order in which somebody goes first {by}" for by in OVERTAKES),
    "a case looks at what its client has",
    "a case looks at the list its client is on",
    *("a deadline begins", "a deadline begins after a visit", "a deadline runs and is asked for"),
    *("a deadline is put off", "a deadline in a new episode", "a deadline ends exactly now"),
    *("a deadline that does not run is asked for", "a deadline is over"),
    *("a review that stays", "a review that moves", "a review that takes a turn anew"),
    "a review after which another is first",
    *("a wait for two places", "a wait for three places", "who waits for several is overtaken"),
    *("a place carried over", "a wait for some of what is asked for, the rest kept"),
    *("a kept place given to another at the grant", "a kept place freed by a seat at once"),
    *("a group starts as somebody joins", "a group starts as there is room"),
    *("two groups start at once", "a group lacks people", "a group lacks room"),
    *("a budget keeps a place empty", "a refund seats somebody", "a new budget seats somebody"),
    *(
        "more busy than there are",
        "several places freed at once",
        "a stay cut short where it is bought",
    ),
)


class Watch:
    """What has been seen in a run: names, and the (tick, who) of the reviews of who waits."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.reviews: set[tuple[int, int]] = set()
        self.env: Any = None

    @property
    def now(self) -> int:
        """The present tick."""
        return int(self.env.now) if self.env else 0

    def see(self, name: str) -> None:
        """Note that something has happened."""
        self.names.add(name)


def _engine() -> Any:
    """Return a copy of the reference engine, so that what is watched is not the engine itself."""
    module: Any = ModuleType("watched_engine")
    source = Path(str(reference.__file__)).read_text(encoding="utf-8")
    exec(compile(source, str(reference.__file__), "exec"), module.__dict__)
    return module


_ENGINE = _engine()
_CLERK = _ENGINE.clerk


class _Place(_ENGINE.Place):  # type: ignore[misc, name-defined]
    """A place that tells who overtakes whom, and what its money does."""

    watch: Watch
    by_deadline = False
    set_aside = 0
    freed_by = ""
    freed_at = rose_at = joined_at = begun_at = NONE
    quitting: tuple[Any, Any] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "there" and value < self.__dict__.get("busy", 0):
            self.watch.see("more busy than there are")
        if name == "budget" and self.__dict__.get("budget", value) < self.set_aside <= value:
            self.rose_at = self.watch.now
        super().__setattr__(name, value)

    def add(self, entry: Any) -> None:
        super().add(entry)
        self.joined_at = self.watch.now
        at = bisect_left(self.list, entry)
        if self.order != NONE and at + 1 < len(self.list):
            by = next(k for k in range(4) if entry[k] != self.list[at + 1][k])
            names = ("by class", "by deadline" if self.by_deadline else "by key", *OVERTAKES[3:])
            self.watch.see(f"a list with an order in which somebody goes first {names[by]}")
        if self.quitting is not None and self.quitting[0] is entry.turn:
            self.watch.see("a review that takes a turn anew")
            if self.quitting[1] is not self.list[0].turn:
                self.watch.see("a review after which another is first")
        self.quitting = None

    def remove(self, entry: Any) -> None:
        self.quitting = (entry.turn, self.list[0].turn)
        super().remove(entry)

    def next_of_a_group(self) -> Any:
        begins, waiting = self.seats == 0, len(self.list)
        turn = super().next_of_a_group()
        if begins and turn is None:
            lacking = "people" if waiting < self.together else "room"
            self.watch.see(f"a group lacks {lacking}")
        elif begins:
            if self.begun_at == self.watch.now:
                self.watch.see("two groups start at once")
            joins = self.joined_at == self.watch.now
            self.watch.see(f"a group starts as {'somebody joins' if joins else 'there is room'}")
            self.begun_at = self.watch.now
        return turn

    def next_turn(self) -> Any:
        turn = super().next_turn()
        if turn is None:
            return None
        if turn is not self.list[0].turn:
            self.watch.see("who waits for several is overtaken")
        if self.rose_at == self.watch.now:
            new = self.since == self.watch.now
            self.watch.see("a new budget seats somebody" if new else "a refund seats somebody")
        if self.freed_by and self.freed_at == self.watch.now:
            self.watch.see(self.freed_by)
        return turn


class _Clerk:
    """The laws of lives, asked as ever, and what they do to deadlines and look at."""

    def __init__(self, program: Program, people: Any, run: Any, watch: Watch) -> None:
        self.tables, self.people, self.run, self.watch = program.tables, people, run, watch
        self.had: set[tuple[int, int]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(_CLERK, name)

    def begin_visit(self, desk: Any, row: int, who: int, stage: int, now: int) -> int:
        before = self._due(who)
        units: int = _CLERK.begin_visit(desk, row, who, stage, now)
        self._begun(who, before, "a deadline begins")
        marks = self._marks(stage)
        if any(mark["does"] == BEGINS and before[mark["deadline"]] != NEVER for mark in marks):
            self.watch.see("a deadline runs and is asked for")
        return units

    def begin_stay(self, desk: Any, row: int, now: int) -> Any:
        ticks, fate = _CLERK.begin_stay(desk, row, now)
        if ticks == self.tables.stages[self.run.visits[row]["stage"]]["longest"]:
            self.watch.see("a stay cut short where it is bought")
        return ticks, fate

    def end_visit(self, desk: Any, row: int, now: int, fate: int) -> Any:
        visit = self.run.visits[row]
        who, before = int(visit["client"]), self._due(int(visit["client"]))
        self._looked_at(visit, fate, now)
        found = _CLERK.end_visit(desk, row, now, fate)
        self._begun(who, before, "a deadline begins after a visit")
        after = self._due(who)
        if ((before != NEVER) & (after > before)).any():
            self.watch.see("a deadline is put off")
        return found

    def is_moved(self, desk: Any, row: int, now: int) -> bool:
        visit = self.run.visits[row]
        self.watch.reviews.add((now, int(visit["client"])))
        self._looked_at(visit, MOVED, now)
        moved: bool = _CLERK.is_moved(desk, row, now)
        self.watch.see("a review that moves" if moved else "a review that stays")
        return moved

    def _due(self, who: int) -> Any:
        due = self.people.due
        return due[who].copy() if who < len(due) else np.full(due.shape[1], NEVER)

    def _marks(self, stage: int) -> Any:
        first, many = self.tables.stages[stage][["marks_first", "marks_many"]].tolist()
        return self.tables.marks[first : first + many]

    def _begun(self, who: int, before: Any, name: str) -> None:
        for d in np.flatnonzero((before == NEVER) & (self._due(who) != NEVER)).tolist():
            self.watch.see(name)
            if (who, d) in self.had:
                self.watch.see("a deadline in a new episode")
            self.had.add((who, d))

    def _looked_at(self, visit: Any, fate: int, now: int) -> None:
        first, many = self.tables.ends[visit["stage"], fate].tolist()
        for case in self.tables.cases[first : first + many]:
            first, many = int(case["looks_first"]), int(case["looks_many"])
            for look in self.tables.looks[first : first + many]:
                self._looked(visit, look)
            first, many = int(case["dues_first"]), int(case["dues_many"])
            for deadline in self.tables.dues[first : first + many]["deadline"].tolist():
                due = self.people.due[visit["client"], deadline]
                if due == NEVER:
                    self.watch.see("a deadline that does not run is asked for")
                elif due <= now:
                    exactly = due == now
                    self.watch.see(f"a deadline {'ends exactly now' if exactly else 'is over'}")

    def _looked(self, visit: Any, look: Any) -> None:
        """Note how a place stands, if it is the client's own or there is only one."""
        capacity = self.tables.capacities[look["capacity"]]
        asked = self.tables.asked[visit["stage"]].tolist()
        number = int(capacity["first_place"])
        if look["capacity"] in asked:
            slot = asked.index(look["capacity"])
            number += int(visit["unit"]) >> UNIT_BITS * slot & UNIT_MASK
            started = visit["started"] != NONE
            listed = "a case looks at the list its client is on"
            self.watch.see("a case looks at what its client has" if started else listed)
        elif capacity["column"] != NONE or capacity["units"] > 1:
            return
        place = self.run.places[number]
        so = {FREE: place.is_free(), FULL: not place.is_free()}.get(
            look["kind"], bool(look["at_least"] <= len(place.list) < look["below"])
        )
        self.watch.see(f"a place for {STATES[look['kind']]} looked at: {so}")


class _Replication(_ENGINE.Replication):  # type: ignore[misc, name-defined]
    """A replication that tells what it settles, keeps and waits for."""

    watch: Watch
    settles = False

    def settle(self, places: Collection[Any]) -> None:
        if len(places) > 1:
            self.watch.see("several places freed at once")
        self.settles = True
        super().settle(places)
        self.settles = False

    def wait(self, turn: Any, row: int, stage: int) -> None:
        super().wait(turn, row, stage)
        many = len(turn.wanted)
        if many > 1:
            self.watch.see(f"a wait for {'two' if many == 2 else 'three'} places")
        if many < len(turn.places):
            self.watch.see("a wait for some of what is asked for, the rest kept")
        if any(p.busy < p.there and p.budget < p.set_aside for p in turn.wanted):
            self.watch.see("a budget keeps a place empty")

    def released(self, kept: Any, but_for: Sequence[Any]) -> set[Any]:
        freed: set[Any] = super().released(kept, but_for)
        if len(freed) < len(kept.places):
            self.watch.see("a place carried over")
        at_a_grant = "a kept place given to another at the grant"
        for place in freed:
            place.freed_at = self.env.now
            place.freed_by = at_a_grant if self.settles else "a kept place freed by a seat at once"
            place.freed_by = place.freed_by if self.settles or but_for else ""
        return freed


def watched(program: Program, people: People) -> tuple[Rows, Watch]:
    """Return the visits of these clients, in the order they began, and what has been seen."""
    watch = Watch()
    _Place.watch = _Replication.watch = watch
    _ENGINE.Place, _ENGINE.clerk = _Place, _CLERK
    run = _Replication(program, people)
    watch.env = run.env
    for place in run.places:
        place.by_deadline = program.tables.orders[place.order]["deadline"] != NONE
    _ENGINE.clerk = _Clerk(program, people, run, watch)
    return run.run(), watch
