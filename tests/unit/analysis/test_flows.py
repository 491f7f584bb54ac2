"""Flows of eight people between stages and phases, worked out by hand."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from simcare.analysis import flows
from simcare.analysis.flows import (
    ENDS,
    ENTRY,
    GAVE_UP,
    PHASES,
    STILL_THERE,
    FlowRow,
    from_one_step,
    gather,
    phase_flows,
    stage_flows,
)
from simcare.analysis.records import Reading, Records
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    DROPPED_OUT,
    LEFT,
    RELAPSED,
    STAYING,
    TICKS_PER_DAY,
    VISIT,
    WAITING,
)

GP, ASSESS, BED, HOME = range(4)
OPEN = -1
BEFORE, HELP, TREATED, AFTER = PHASES

READING = Reading(
    stages=("gp", "assess", "bed", "home"),
    capacities=("beds",),
    capacities_of=((), (), (0,), ()),
    places=(((0, 2),),),
    referral_received=(ASSESS,),
    first_help=(ASSESS,),
    treatment=(BED,),
    bed=(BED,),
    discharge=(BED,),
    on_the_way=(ASSESS, BED),
    phases=(0, 1, 2, 3),
    warm_up=100 * TICKS_PER_DAY,
    horizon=400 * TICKS_PER_DAY,
    deadline_days=30.0,
)

# Not followed; relapsed and came back; gave up before help; gave up waiting for a bed; waits for
# one; dropped out; was sent home from the GP and came back; died at home; done with treatment.
STORY = (
    (0, 1, GP, 90, 90, 95, LEFT),
    (1, 1, GP, 100, 100, 110, COMPLETED),
    (1, 1, ASSESS, 110, 110, 115, COMPLETED),
    (1, 1, BED, 115, 120, 160, COMPLETED),
    (1, 1, HOME, 160, 160, 200, RELAPSED),
    (1, 2, GP, 250, 250, 255, LEFT),
    (2, 1, GP, 110, 110, 120, LEFT),
    (3, 1, GP, 110, 110, 120, COMPLETED),
    (3, 1, ASSESS, 120, 120, 130, COMPLETED),
    (3, 1, BED, 130, OPEN, 150, LEFT),
    (4, 1, GP, 350, 350, 360, COMPLETED),
    (4, 1, ASSESS, 360, 360, 370, COMPLETED),
    (4, 1, BED, 370, OPEN, OPEN, WAITING),
    (5, 1, GP, 110, 110, 120, COMPLETED),
    (5, 1, ASSESS, 120, 120, 130, COMPLETED),
    (5, 1, BED, 130, 130, 140, DROPPED_OUT),
    (5, 1, HOME, 140, 140, 150, RELAPSED),
    (6, 1, GP, 110, 110, 120, COMPLETED),
    (6, 1, HOME, 120, 120, 200, COMPLETED),
    (6, 2, GP, 200, 200, OPEN, STAYING),
    (7, 1, GP, 110, 110, 120, COMPLETED),
    (7, 1, ASSESS, 120, 120, 130, COMPLETED),
    (7, 1, BED, 130, 130, 140, COMPLETED),
    (7, 1, HOME, 140, 140, 150, DIED),
    (8, 1, GP, 110, 110, 120, COMPLETED),
    (8, 1, ASSESS, 120, 120, 130, COMPLETED),
    (8, 1, BED, 130, 130, 140, COMPLETED),
)


def records(reading: Reading = READING) -> Records:
    """Return the story as records."""
    rows = np.zeros(len(STORY), VISIT)
    for row, (client, episode, stage, *days, fate) in zip(rows, STORY, strict=True):
        row["client"], row["stage"], row["fate"], row["episode"] = client, stage, fate, episode
        for name, day in zip(("queued", "started", "ended"), days, strict=True):
            row[name] = OPEN if day == OPEN else day * TICKS_PER_DAY
    return Records(rows, reading)


def eighths(found: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Return flows of 100 as people of the eight who are followed."""
    return {flow: round(8 * value / 100, 9) for flow, value in found.items()}


def test_phase_flows_by_hand() -> None:
    """Each of the eight goes where the story says, and the list of a bed is not treatment."""
    assert eighths(phase_flows(records())) == {
        (flows.ENTRY, BEFORE): 8,
        (BEFORE, HELP): 6,
        (HELP, TREATED): 4,
        (TREATED, AFTER): 2,
        (AFTER, flows.RELAPSE): 1,
        (flows.RELAPSE, flows.COMES_BACK): 1,
        (BEFORE, flows.GAVE_UP): 1,
        (HELP, flows.GAVE_UP): 1,
        (HELP, flows.STILL_THERE): 1,
        (TREATED, flows.LEFT_TREATMENT): 1,
        (BEFORE, flows.NOT_OFFERED): 1,
        (flows.NOT_OFFERED, flows.COMES_BACK): 1,
        (AFTER, flows.DEAD): 1,
        (TREATED, flows.OUT): 1,
    }


def test_stage_flows_by_hand() -> None:
    """Between stages a stage and its list are one."""
    assert eighths(stage_flows(records())) == {
        (flows.ENTRY, "gp"): 8,
        ("gp", "assess"): 6,
        ("gp", "home"): 1,
        ("assess", "bed"): 6,
        ("bed", "home"): 2,
        ("home", flows.RELAPSE): 1,
        (flows.RELAPSE, flows.COMES_BACK): 1,
        ("gp", flows.GAVE_UP): 1,
        ("bed", flows.GAVE_UP): 1,
        ("bed", flows.STILL_THERE): 1,
        ("bed", flows.LEFT_TREATMENT): 1,
        ("home", flows.OUT): 1,
        (flows.OUT, flows.COMES_BACK): 1,
        ("home", flows.DEAD): 1,
        ("bed", flows.OUT): 1,
    }


@pytest.mark.parametrize("of", [phase_flows, stage_flows])
def test_what_enters_a_step_leaves_it(of: object) -> None:
    """Every step is left by as many as enter it, and the ends hold all who asked."""
    assert callable(of)
    found: Mapping[tuple[str, str], float] = of(records())
    steps = {a for a, _ in found} - {flows.ENTRY, *ENDS}
    for step in steps:
        entered = sum(v for (_, b), v in found.items() if b == step)
        left = sum(v for (a, _), v in found.items() if a == step)
        assert entered == pytest.approx(left), step
    assert sum(v for (_, b), v in found.items() if b in ENDS) == pytest.approx(100.0)


def test_gathered_flows() -> None:
    """A flow that a replication does not have counts as none; who has no client counts not."""
    rows = gather([{("a", "b"): 40.0}, {("a", "b"): 60.0, ("a", "c"): 10.0}, {}])
    found = {(r.source, r.target): (r.mean, r.n) for r in rows}
    assert found == {("a", "b"): (50.0, 2), ("a", "c"): (5.0, 2)}
    assert gather([{}]) == []


def test_nobody_asked() -> None:
    """Without clients to follow there are no flows."""
    empty = records(replace(READING, warm_up=399 * TICKS_PER_DAY))
    assert phase_flows(empty) == {}
    assert stage_flows(Records(np.zeros(0, VISIT), READING)) == {}


def test_all_who_asked_go_on_from_one_step() -> None:
    """Of 100, 61 are on a list and 39 are helped at once: all 100 asked, 84 and 16 go on."""
    before, helped = PHASES[:2]
    rows = [
        FlowRow(ENTRY, before, 61.0, 60.0, 62.0, 4),
        FlowRow(ENTRY, helped, 39.0, 38.0, 40.0, 4),
        FlowRow(before, helped, 45.0, 44.0, 46.0, 4),
        FlowRow(before, GAVE_UP, 16.0, 15.0, 17.0, 4),
        FlowRow(helped, STILL_THERE, 84.0, 83.0, 85.0, 4),
    ]
    found = {(row.source, row.target): row.mean for row in from_one_step(rows, before)}
    assert found == {
        (ENTRY, before): 100.0, (before, helped): 84.0, (before, GAVE_UP): 16.0,
        (helped, STILL_THERE): 84.0,
    }  # fmt: skip
    assert from_one_step([], before) == ()
