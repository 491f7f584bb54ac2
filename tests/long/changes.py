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


def _places(wrong: str, text: str, instead: str) -> Mutant:
    return Mutant(wrong, "world", text, instead)


def _lists(wrong: str, text: str, instead: str) -> Mutant:
    return Mutant(wrong, "waiting_lists", text, instead)


def _events(wrong: str, text: str, instead: str) -> Mutant:
    return Mutant(wrong, "future_events", text, instead)


def _opening(wrong: str, text: str, instead: str) -> Mutant:
    return Mutant(wrong, "compiled", text, instead)


MUTANTS = (
    # ---- places and lists
    _places(
        "units share a list",
        "first_place[visit.stage, slot] + unit)",
        "first_place[visit.stage, slot])",
    ),
    _lists(
        "who joins a list does not know who is ahead",
        "links[who, slot].behind = ahead, behind",
        "links[who, slot].behind = NONE, behind",
    ),
    _lists(
        "the last on a list does not know who is behind",
        "        links[ahead, others].behind = who\n",
        "        links[ahead, others].behind = behind\n",
    ),
    _lists(
        "a list keeps its old end",
        "        place.last = who\n",
        "        place.last = place.first\n",
    ),
    _lists(
        "who is joined ahead of others is not known to them",
        "        links[behind, slot_of(world, behind, number)].ahead = who\n",
        "        links[behind, slot_of(world, behind, number)].ahead = ahead\n",
    ),
    _lists(
        "a list ends with its first",
        "        place.first = behind\n",
        "        place.first = NONE\n",
    ),
    _lists(
        "who leaves cuts a list off",
        "slot_of(world, ahead, number)].behind = behind",
        "slot_of(world, ahead, number)].behind = NONE",
    ),
    _lists("a list loses its end", "        place.last = ahead\n", "        place.last = NONE\n"),
    _lists(
        "who is behind a leaver does not know who is ahead",
        "slot_of(world, behind, number)].ahead = ahead",
        "slot_of(world, behind, number)].ahead = NONE",
    ),
    _places(
        "one too many is served",
        "free = place.busy < place.number",
        "free = place.busy <= place.number",
    ),
    _places("who is seated takes no place", "            place.busy += 1\n", ""),
    _lists(
        "last come, first served",
        "who = int(world.places[number].first)",
        "who = int(world.places[number].last)",
    ),
    _lists("who joins is not counted", "    place.waiting += 1\n", ""),
    _lists("who leaves a list is still counted", "    place.waiting -= 1\n", ""),
    # ---- several places
    _places(
        "who has one of the places asked for can sit",
        "            return False\n    return True\n\n\n@inlined_kernel\ndef take",
        "            return slot > 0\n    return True\n\n\n@inlined_kernel\ndef take",
    ),
    _places(
        "what is kept is taken twice",
        "        if not is_kept(world, who, number):\n            place = world.places[number]",
        "        if True:\n            place = world.places[number]",
    ),
    _places(
        "what is kept is waited for",
        "if not is_free(world, world.places[number]) and not is_kept(world, who, number):",
        "if not is_free(world, world.places[number]):",
    ),
    _loop(
        "who keeps a place joins its list",
        "        if not is_kept(world, who, number):\n            join(",
        "        if True:\n            join(",
    ),
    _lists(
        "who keeps a place leaves its list",
        "        if not is_kept(world, who, number):\n            quit_list(",
        "        if True:\n            quit_list(",
    ),
    _places(
        "a place that is gone on with is given back",
        "goes_on != NONE and has_place(world, world.visits[goes_on], number):",
        "False:",
    ),
    _lists(
        "of those who wait for several all are waiting for the first",
        "    return slot_among(world.first_place, world.visits[who], number)\n",
        "    return 0\n",
    ),
    _lists(
        "the first who cannot be seated ends the list",
        "        who = int(world.links[who, slot_of(world, who, number)].behind)\n",
        "        who = NONE\n",
    ),
    _lists(
        "the last place is served first",
        "if freed[other] < freed[k]:",
        "if freed[other] > freed[k]:",
    ),
    _places(
        "one place is freed at a time",
        "    world.freed[counts.freed] = number\n    counts.freed += 1\n",
        "    world.freed[0] = number\n    counts.freed = 1\n",
    ),
    _lists(
        "one is served of what is freed",
        "        if who != NONE:\n            return who\n        counts.freed -= 1\n",
        "        counts.freed -= 1\n        if who != NONE:\n            return who\n",
    ),
    # ---- lists with an order
    _lists(
        "a higher class goes first", "one.of_class < two.of_class", "one.of_class > two.of_class"
    ),
    _lists("class is no matter", "if one.of_class != two.of_class:", "if False:"),
    _lists("a higher key goes first", "bool(one.key < two.key)", "bool(one.key > two.key)"),
    _lists(
        "of one key, the last to ask goes first",
        "bool(since < before) if",
        "bool(since > before) if",
    ),
    _lists("of one tick, the last to come goes first", "else who < other", "else who > other"),
    _lists(
        "the tick of asking is no matter",
        "bool(since < before) if since != before else who < other",
        "who < other",
    ),
    _lists(
        "a list with an order is first come, first served",
        "    if is_ruled(world) and world.orders[number] != NONE:\n        ahead",
        "    if False:\n        ahead",
    ),
    _lists(
        "who is behind is not looked at",
        "        ahead = int(world.links[ahead, others].ahead)\n",
        "        ahead = NONE\n",
    ),
    # ---- reviews
    _loop(
        "a review moves nobody",
        "        world.events.standings[who].fate = MOVED\n        return True\n",
        "        return False\n",
    ),
    _loop("who is moved has left", "standings[who].fate = MOVED", "standings[who].fate = 1"),
    _loop(
        "a review joins every list anew",
        "        if world.orders[number] != NONE and not is_kept",
        "        if not is_kept",
    ),
    _loop(
        "a review joins no list anew",
        "        if world.orders[number] != NONE and not is_kept",
        "        if False and not is_kept",
    ),
    _loop(
        "a review comes as often as the first",
        "stages[visit.stage].review_every)\n",
        "stages[visit.stage].review_after + 1)\n",
    ),
    _loop("a review is after a clock of its tick", "if at <= wait.leave:", "if at < wait.leave:"),
    _loop(
        "who is reviewed does not leave",
        "world.waits[who].leave = now + ticks",
        "world.waits[who].leave = NEVER",
    ),
    _loop(
        "a review ends a wait as a clock does",
        "schedule(world.events, who, at, REVIEW)",
        "schedule(world.events, who, at, LEAVE)",
    ),
    # ---- bought places
    _places("money is no matter", " and place.budget >= place.set_aside)", ")"),
    _places("nothing is set aside", "            place.budget -= place.set_aside\n", ""),
    _places(
        "nothing comes back",
        "            place.budget += max(0, place.set_aside - (now - visit.started))\n",
        "            pass\n",
    ),
    _places("all comes back", "max(0, place.set_aside - (now - visit.started))", "place.set_aside"),
    _places(
        "what was not used comes back to any budget",
        " and visit.started >= place.since:",
        ":",
    ),
    _loop(
        "there is no new budget",
        "            place.budget, place.since = change.budget, now\n",
        "            pass\n",
    ),
    _loop(
        "a new budget does not know its day",
        "place.budget, place.since = change.budget, now",
        "place.budget = change.budget",
    ),
    # ---- groups that start together
    _loop(
        "who finds a place of a group free has it",
        "not has_waited and not in_a_group and can_sit",
        "not has_waited and can_sit",
    ),
    _loop(
        "who joins a group's list does not settle it",
        "            if in_a_group and not has_waited:\n                set_free(world, number)\n",
        "",
    ),
    _places(
        "places of pairs are given to one",
        "return bool(world.places[place_of(world, visit, 0)].together > 1)",
        "return bool(world.places[place_of(world, visit, 0)].together > 2)",
    ),
    _places("a group starts without its last", "place.waiting < many", "place.waiting < many - 1"),
    _places(
        "a group starts without room for its last",
        "place.busy + many <= place.number",
        "place.busy + many <= place.number + 1",
    ),
    _places(
        "a group is paid for as one",
        "place.budget >= many * place.set_aside",
        "place.budget >= place.set_aside",
    ),
    _places("a group is seated without its last", "place.seats = many", "place.seats = many - 1"),
    _places("a group is never over", "    place.seats -= 1\n", ""),
    _lists(
        "who is next of a group is not asked",
        "    if is_ruled(world) and not seats_next(world.places[number]):\n        return NONE\n",
        "",
    ),
    # ---- places that are kept
    _loop("a kept place stays kept", "    standing.keeps = 0\n", ""),
    _loop(
        "a kept place is not given back",
        "    give_back(world, out[counts.written], now, goes_on)\n",
        "",
    ),
    _places("what is given back is not settled", "        set_free(world, number)\n", ""),
    _loop(
        "a leaver writes over the visit of the kept place",
        "row = counts.written + (standing.keeps if is_ruled(world) else 0)",
        "row = counts.written",
    ),
    _loop(
        "a leaver's kept place is not given back",
        "        let_go(world, out, who, now, NONE)\n",
        "",
    ),
    _loop("a place is kept after any end", "or fate != COMPLETED or kind", "or kind"),
    _loop(
        "a place is kept until a new episode",
        "fate != COMPLETED or kind != STAGE:",
        "fate != COMPLETED or kind == OUT:",
    ),
    _loop("the visit of a kept place is not kept open", "        ends.keep_open(out, row)\n", ""),
    _loop("no stage holds", "        standing.keeps = 1\n", "        standing.keeps = 0\n"),
    _loop(
        "what is kept at the horizon is not written",
        "        if standings[who].keeps:",
        "        if False:",
    ),
    # ---- events
    _loop(
        "every end is a completion", "fate, served = int(standing.fate)", "fate, served = COMPLETED"
    ),
    _loop("who started in tick 0 has not", "visit.started >= 0\n", "visit.started > 0\n"),
    _loop("who leaves stays on the list", "        quit_lists(world, who)\n", ""),
    _loop(
        "a place is not given back",
        "        give_back(world, visit, now, NONE)\n",
        "        pass\n",
    ),
    _loop("a new episode is the same event", "    if kind == STAGE:\n", "    if kind != OUT:\n"),
    _loop("who is gone is not", "    standing.due = GONE\n", ""),
    _loop("who returns does so to the first stage", "standing.to = to", "standing.to = 0"),
    _loop("who returns does so a tick later", "who, now, RETURN)", "who, now + 1, RETURN)"),
    _loop("a wait ends by a stay's rank", "now + ticks, LEAVE)", "now + ticks, END)"),
    _loop("a stay ends by one rank", "END if fate in (COMPLETED, MISSED) else LEAVE", "END"),
    _loop(
        "a missed offer ends by a clock's rank",
        "END if fate in (COMPLETED, MISSED) else",
        "END if fate == COMPLETED else",
    ),
    _loop(
        "whoever leaves a list has left, whatever ends the wait",
        "who].fate = fate\n    if not is",
        "who].fate = 1\n    if not is",
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
        "    if counts.changed < len(changes):",
        "    if counts.changed < len(changes) - 1:",
    ),
    _loop(
        "the changes of one tick are events of their own",
        "    while counts.changed < len(changes) and changes[counts.changed].tick == now:\n",
        "    for _ in range(1):\n",
    ),
    _loop(
        "what is busy does not close",
        "number = change.number",
        "number = max(change.number, world.places[change.place].busy)",
    ),
    _loop("what opens is not settled", "        set_free(world, change.place)\n", ""),
    _loop("all come by one way", "to = people.clients[who].entry", "to = people.clients[0].entry"),
    _loop(
        "only arrivals begin an episode",
        "            lives.begin_episode(people, who)\n",
        "            if rank == ARRIVE:\n                lives.begin_episode(people, who)\n",
    ),
    _loop(
        "the mover asks first",
        "            seated = serve_freed(world)\n",
        "            seated = serve_freed(world) if to == NONE else NONE\n",
    ),
    _loop(
        "who is seated gives nothing back",
        "                let_go(world, out, seated, now, seated)\n",
        "",
    ),
    _loop(
        "who is seated gives everything back",
        "let_go(world, out, seated, now, seated)",
        "let_go(world, out, seated, now, NONE)",
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
        "there is one turn for all where a list has an order",
        "clients if ordered else 1",
        "clients if not ordered else 1",
    ),
    _opening(
        "nobody keeps apart what is kept", "clients if holds else 1", "clients if not holds else 1"
    ),
    _opening(
        "nobody is reviewed apart", "clients if reviewed else 1", "clients if not reviewed else 1"
    ),
    _opening(
        "changes are made in the wrong order",
        "changes=changes_of(program, cohort.key),",
        "changes=changes_of(program, cohort.key)[::-1].copy(),",
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
