"""What is changed in the compiled engine, one line in each mutant.

Left out are changes that alter no record, whatever is played: those that only cost time or memory
(more room than is needed, an earlier bucket, a stale entry that stays), and those that a rule rules
out (two events of one key, an event at the horizon).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """What is wrong, in which module of the engines, and the text there with its replacement."""

    wrong: str
    module: str
    text: str
    instead: str

    def changed(self, source: str) -> str:
        """Return the source of the module with the change; raise ValueError if it does not fit."""
        times = source.count(self.text)
        if times != 1:
            raise ValueError(f"{self.wrong}: {self.module} says {times} times: {self.text}")
        return source.replace(self.text, self.instead)


def _loop(wrong: str, text: str, instead: str) -> Mutant:
    return Mutant(wrong, "loop", text, instead)


def _events(wrong: str, text: str, instead: str) -> Mutant:
    return Mutant(wrong, "future_events", text, instead)


def _opening(wrong: str, text: str, instead: str) -> Mutant:
    return Mutant(wrong, "compiled", text, instead)


MUTANTS = (
    # ---- places and lists
    _loop("units share a list", "else first + int(visit.unit)", "else first"),
    _loop(
        "who joins a list does not know who is ahead",
        "standings[who].behind = place.last, NONE",
        "standings[who].behind = NONE, NONE",
    ),
    _loop(
        "the last on a list does not know who is behind",
        "standings[place.last].behind = who",
        "standings[place.last].behind = NONE",
    ),
    _loop("a list keeps its old end", "    place.last = who\n", "    place.last = place.first\n"),
    _loop(
        "a list ends with its first",
        "        place.first = behind\n",
        "        place.first = NONE\n",
    ),
    _loop(
        "who leaves cuts a list off",
        "standings[ahead].behind = behind",
        "standings[ahead].behind = NONE",
    ),
    _loop("a list loses its end", "        place.last = ahead\n", "        place.last = NONE\n"),
    _loop(
        "who is behind a leaver does not know who is ahead",
        "standings[behind].ahead = ahead",
        "standings[behind].ahead = NONE",
    ),
    _loop("one too many is served", "place.busy >= place.number", "place.busy > place.number"),
    _loop("who is served takes no place", "    place.busy += 1\n    quit_list", "    quit_list"),
    _loop("last come, first served", "who = int(place.first)", "who = int(place.last)"),
    # ---- places that are kept
    _loop("a kept place stays kept", "    standing.keeps = 0\n", ""),
    _loop("a kept place is not given back", "    world.places[freed].busy -= 1\n", ""),
    _loop(
        "a kept place that is given back is not settled",
        "    return freed\n\n\n@inlined_kernel\ndef serve",
        "    return NONE\n\n\n@inlined_kernel\ndef serve",
    ),
    _loop(
        "a leaver writes over the visit of the kept place",
        "row = counts.written + standing.keeps",
        "row = counts.written",
    ),
    _loop(
        "a leaver's kept place is not given back",
        "freed = let_go(world, out, who, now)",
        "freed = NONE",
    ),
    _loop("a place is kept after any end", ".hold and fate == COMPLETED and", ".hold and"),
    _loop(
        "a place is kept until a new episode",
        "fate == COMPLETED and kind == STAGE:",
        "fate == COMPLETED and kind != OUT:",
    ),
    _loop(
        "the visit of a kept place is not kept open", "            lives.keep_open(out, row)\n", ""
    ),
    _loop("no stage holds", "            standing.keeps = 1\n", "            standing.keeps = 0\n"),
    _loop(
        "what is kept at the horizon is not written",
        "        if standings[who].keeps:",
        "        if False:",
    ),
    # ---- events
    _loop("every end is a completion", "fate = int(standing.fate)", "fate = COMPLETED"),
    _loop("who started in tick 0 has not", "visit.started >= 0", "visit.started > 0"),
    _loop("who leaves stays on the list", "        quit_list(world, who, place)\n", ""),
    _loop("a place is not given back", "        world.places[place].busy -= 1\n", ""),
    _loop(
        "a place given back is not settled",
        "        freed = place\n",
        "        freed = NONE\n",
    ),
    _loop("a new episode is the same event", "    if kind == STAGE:\n", "    if kind != OUT:\n"),
    _loop("who is gone is not", "    standing.due = GONE\n", ""),
    _loop("who returns does so to the first stage", "standing.to = to", "standing.to = 0"),
    _loop("who returns does so a tick later", "who, now, RETURN)", "who, now + 1, RETURN)"),
    _loop(
        "one more than there are places",
        "if place.busy < place.number:",
        "if place.busy <= place.number:",
    ),
    _loop(
        "units share places", "place = world.places[first + unit]", "place = world.places[first]"
    ),
    _loop("a wait ends by a stay's rank", "now + ticks, LEAVE)", "now + ticks, END)"),
    _loop("a stay ends by one rank", "END if fate == COMPLETED else LEAVE", "END"),
    _loop(
        "whoever leaves a list has left, whatever ends the wait",
        "who].fate = fate\n    schedule(world.events, who, now + ticks, LEAVE)",
        "who].fate = 1\n    schedule(world.events, who, now + ticks, LEAVE)",
    ),
    _loop(
        "a stale entry counts", "if events.standings[who].due == key >> WHO_BITS:", "if key > 0:"
    ),
    _loop(
        "the last client does not come",
        "counts.come < len(clients):",
        "counts.come < len(clients) - 1:",
    ),
    _loop(
        "the last change is not made",
        "counts.changed < len(changes):",
        "counts.changed < len(changes) - 1:",
    ),
    _loop(
        "what is busy does not close",
        "number = change.number",
        "number = max(change.number, world.places[change.place].busy)",
    ),
    _loop("what opens is not settled", "freed = change.place", "freed = NONE"),
    _loop("all come by one way", "to = people.clients[who].entry", "to = people.clients[0].entry"),
    _loop(
        "only arrivals begin an episode",
        "            lives.begin_episode(people, who)\n",
        "            if rank == ARRIVE:\n                lives.begin_episode(people, who)\n",
    ),
    _loop(
        "the mover asks first",
        "            if place != NONE:\n",
        "            if place != NONE and to == NONE:\n",
    ),
    _loop(
        "after a cascade the first place is not looked at again",
        "place = NONE if place == freed else freed",
        "place = NONE",
    ),
    _loop(
        "a cascade stops at the second place",
        "                place = released\n",
        "                place = NONE\n",
    ),
    # ---- the future event list
    _events(
        "equal times go up the heap in any order",
        "if heap[parent] <= key:",
        "if heap[parent] >> WHO_BITS <= key >> WHO_BITS:",
    ),
    _events("a parent in the heap is another's", "parent = (at - 1) >> 2", "parent = at >> 2"),
    _events(
        "an only child in the heap is passed over", "if child >= last:", "if child + 1 >= last:"
    ),
    _events("a fourth child is passed over", "min(child + 4, last)", "min(child + 3, last)"),
    _events(
        "equal times go down the heap in any order",
        "if heap[other] < heap[least]:",
        "if heap[other] >> WHO_BITS < heap[least] >> WHO_BITS:",
    ),
    _events(
        "of equal times the last in the heap stays above",
        "if key <= heap[least]:",
        "if key >> WHO_BITS <= heap[least] >> WHO_BITS:",
    ),
    _events(
        "when stale entries are dropped, all are",
        "standings[heap[k] & WHO_MASK].due = heap[k] >> WHO_BITS",
        "standings[heap[k] & WHO_MASK].due = NOT_BEFORE_THE_HORIZON",
    ),
    _events(
        "a full row forgets those before",
        "buckets[bucket, MORE] = further",
        "buckets[bucket, MORE] = 0",
    ),
    _events("a full row loses its last", "for k in range(ROW):", "for k in range(ROW - 1):"),
    _events("a row takes one too many", "if many == ROOM:", "if many == ROOM + 1:"),
    _events("further rows are not read", "row = int(buckets[row, MORE])", "row = 0"),
    _events(
        "few pending events are not named in time",
        "if at.reminders == 0 and at.pending > 0:",
        "if at.reminders == 0 and at.pending > 1:",
    ),
    _events(
        "when there is no room, pending events are forgotten",
        "        make_room(events)\n        at.pending = 0\n",
        "        at.pending = 0\n",
    ),
    _events(
        "what falls in the last tick is lost",
        "if tick >= at.horizon:",
        "if tick >= at.horizon - 1:",
    ),
    _events(
        "all that is scheduled is an END",
        "tick << RANK_BITS | rank, tick",
        "tick << RANK_BITS | 2, tick",
    ),
    _events(
        "the last bucket is not opened",
        "and at.bucket < last and",
        "and at.bucket < last - 1 and",
    ),
    # ---- what a replication begins and ends with
    _opening(
        "every place has one at least", "[place.number for place", "[max(1, place.number) for place"
    ),
    _opening(
        "every list begins with the first client",
        'places["first"] = places["last"] = NONE',
        'places["first"] = places["last"] = 0',
    ),
    _opening(
        "changes are made in the wrong order",
        "changes=program.changes,",
        "changes=program.changes[::-1].copy(),",
    ),
    _opening(
        "the last tick is not played", "program.horizon * part", "(program.horizon - 1) * part"
    ),
    _opening(
        "what was written is lost when there is more",
        "longer[: len(self.out)] = self.out",
        "longer[: len(self.out) // 2] = self.out[: len(self.out) // 2]",
    ),
    _opening(
        "the last visit is not returned",
        "by_client(out[:written], clients)",
        "by_client(out[: written - 1], clients)",
    ),
)
