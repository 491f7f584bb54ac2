"""That no line of the compiled engine can be wrong unseen: a hundred are, one at a time.

Run by name, `pytest tests/long/test_mutants.py`: an hour and more on two cores.
"""

import pytest
from tests.long.changes import MUTANTS
from tests.long.mutants import ENGINES, TABLE, Outcome, all_outcomes


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    """What noticed each mutant."""
    return all_outcomes()


def test_the_services_notice_every_mutant(found: list[Outcome]) -> None:
    """Hold that each is played otherwise on some service of tests/equality, or cannot be played."""
    unseen = [m.wrong for m, what in zip(MUTANTS, found, strict=True) if not what.noticed]
    assert unseen == []


def test_comparing_every_replication_notices_every_change(found: list[Outcome]) -> None:
    """Hold that a mutant that changes records of a run of access is told apart in each of them."""
    unseen = [m.wrong for m, what in zip(MUTANTS, found, strict=True) if not what.audited]
    assert unseen == []


def test_every_change_fits() -> None:
    """Hold that what each mutant replaces stands once in the engine as it is now."""
    for mutant in MUTANTS:
        written = (ENGINES / f"{mutant.module}.py").read_text(encoding="utf-8")
        assert mutant.changed(written) != written


def test_the_table_has_every_mutant() -> None:
    """Hold that the rows of mutants.md are the mutants, in their order."""
    rows = [line.split(" | ") for line in TABLE.read_text(encoding="utf-8").splitlines()]
    told = [(row[0].removeprefix("| "), row[1]) for row in rows if len(row) == 5]
    assert told[2:] == [(mutant.wrong, mutant.module) for mutant in MUTANTS]
