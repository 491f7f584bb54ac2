"""That two runs with one changed byte are told apart, in words that name the visit."""

from datetime import date

import numpy as np
import pytest

from simcare.engines.agreement import first_difference
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels.tables import COMPLETED, VISIT, WAITING, Rows
from simcare.model.scenario import Scenario

SERVICE = {
    "arrivals": {"some": {"per_day": 1}},
    "ways_in": {"door": {"stage": "desk", "share": 1}},
    "capacities": {"beds": {"beds": 1}},
    "stages": {
        "desk": {"stay_days": {"fixed": 0}, "next": {"completed": "ward"}},
        "ward": {"asks_for": "beds", "stay_days": {"fixed": 2}, "next": {"completed": "out"}},
    },
}
PEOPLE = {"attributes": {name: {"number": {"fixed": 0.5}} for name in ("motivation", "severity")}}
OTHER_NAN = np.array([0x7FC00001], np.uint32).view(np.float32)[0]


@pytest.fixture(scope="module")
def program() -> Program:
    """A service of two stages, desk and ward."""
    scenario = Scenario.model_validate({"service": SERVICE, "population": PEOPLE})
    return lower(scenario, date(2017, 1, 1), 5)


@pytest.fixture
def visits() -> Rows:
    """Two clients, each at the desk and then on the ward; the second one still waits."""
    rows = np.zeros(4, VISIT)
    rows["client"], rows["stage"] = [0, 0, 1, 1], [0, 1, 0, 1]
    rows["episode"], rows["n"] = 1, [0, 0, 0, 3]
    rows["queued"], rows["started"], rows["ended"] = [5, 5, 9, 9], [5, 5, 9, -1], [5, 90, 9, -1]
    rows["fate"] = [COMPLETED, COMPLETED, COMPLETED, WAITING]
    rows["motivation_started"] = [0.5, 0.5, 0.5, np.nan]
    return rows


def test_the_same_bytes_are_no_difference(program: Program, visits: Rows) -> None:
    """Hold that a copy agrees, its NaN included, and that two runs without rows do."""
    assert first_difference(visits, visits.copy(), program) is None
    assert first_difference(visits[:0], visits[:0].copy(), program) is None


def test_rows_that_do_not_lie_together_are_compared_as_well(program: Program, visits: Rows) -> None:
    """Hold that every second row of a run agrees with a copy of it, and a changed one does not."""
    apart = np.zeros(8, VISIT)
    apart[::2] = visits
    assert first_difference(apart[::2], visits, program) is None
    apart["unit"][6] = 1
    assert first_difference(apart[::2], visits, program) == (
        "row 3, client 1, stage ward, episode 1, n 3, asked at tick 9: "
        "unit is 1 in ours, 0 in theirs"
    )


@pytest.mark.parametrize("column", VISIT.names or ())
def test_every_column_is_looked_at(column: str, program: Program, visits: Rows) -> None:
    """Hold that one more in any column of one row is found, and said to be there alone."""
    other = visits.copy()
    other[column][2] += 1
    told = first_difference(visits, other, program)
    assert told is not None
    address, _, difference = told.partition(": ")
    assert address.startswith("row 2, client 1, stage desk, episode 1, n 0, asked at tick 9")
    assert difference.startswith(f"{column} is ")
    assert "," not in difference.replace(" in ours, ", "")


def test_the_first_row_is_named_with_all_its_differences(program: Program, visits: Rows) -> None:
    """Hold the words: names of stages and fates, and both values of each column that differs."""
    other = visits.copy()
    other["started"][1:], other["fate"][1:] = 60, WAITING
    assert first_difference(visits, other, program) == (
        "row 1, client 0, stage ward, episode 1, n 0, asked at tick 5: "
        "started is 5 in ours, 60 in theirs, fate is completed in ours, waiting in theirs"
    )
    other = visits.copy()
    other["stage"][0], other["fate"][0] = 1, 200
    assert first_difference(other, visits, program) == (
        "row 0, client 0, stage ward, episode 1, n 0, asked at tick 5: "
        "stage is ward in ours, desk in theirs, fate is 200 in ours, completed in theirs"
    )


def test_a_stage_without_a_name_is_told_by_its_number(program: Program, visits: Rows) -> None:
    """Hold that a row that no engine should write is still told."""
    other = visits.copy()
    other["stage"][0] = 7
    assert first_difference(other, visits, program) == (
        "row 0, client 0, stage number 7, episode 1, n 0, asked at tick 5: "
        "stage is number 7 in ours, desk in theirs"
    )


@pytest.mark.parametrize(
    ("column", "row", "value", "words"),
    [
        ("motivation_started", 3, OTHER_NAN, "nan (0000c07f) in ours, nan (0100c07f) in theirs"),
        ("severity_queued", 0, -0.0, "0.0 in ours, -0.0 in theirs"),
    ],
)
def test_numbers_that_look_alike_are_told_apart(
    column: str, row: int, value: float, words: str, program: Program, visits: Rows
) -> None:
    """Hold that another NaN, and a zero with another sign, are differences."""
    other = visits.copy()
    other[column][row] = value
    told = first_difference(visits, other, program)
    assert told is not None
    assert told.endswith(f": {column} is {words}")


def test_a_row_more_is_named(program: Program, visits: Rows) -> None:
    """Hold that of two runs one of which goes on, the first further row is named, and whose."""
    address = "row 3, client 1, stage ward, episode 1, n 3, asked at tick 9"
    assert first_difference(visits, visits[:3], program) == (
        f"{address}: in ours alone; ours has 4 rows, theirs 3 rows"
    )
    assert first_difference(visits[:1], visits, program) == (
        "row 1, client 0, stage ward, episode 1, n 0, asked at tick 5: "
        "in theirs alone; ours has 1 row, theirs 4 rows"
    )


def test_a_row_that_differs_goes_before_a_row_more(program: Program, visits: Rows) -> None:
    """Hold that with a difference among the shared rows that one is named, and both lengths."""
    other = visits[:3].copy()
    other["ended"][1] = 91
    assert first_difference(visits, other, program) == (
        "row 1, client 0, stage ward, episode 1, n 0, asked at tick 5: "
        "ended is 90 in ours, 91 in theirs; ours has 4 rows, theirs 3 rows"
    )


def test_rows_of_another_kind_are_refused(program: Program, visits: Rows) -> None:
    """Hold that what is not VISIT rows cannot agree by accident."""
    with pytest.raises(ValueError, match="visits of the type VISIT are required, not float64"):
        first_difference(visits, np.zeros(4), program)  # type: ignore[arg-type]
