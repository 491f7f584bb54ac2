"""Random small services: the compiled engine writes what the reference engine writes."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.equality.both import a_seed, difference
from tests.equality.drawn import numbered, services
from tests.equality.features import features, seen
from tests.equality.services import Small, faults
from tests.equality.watched import watched

from simcare.engines.cohort import by_client, key_of, make_people
from simcare.engines.compiled import simulate
from simcare.engines.staffing import changes_of

SERVICES = 3000
IN_EVERY_THOUSAND = 20


@pytest.mark.parametrize("part", range(6))
def test_both_engines_write_the_same(part: int) -> None:
    """Hold that no byte differs, in 3,000 services of their own numbers (500 in each part)."""
    each = SERVICES // 6
    for number in range(part * each, (part + 1) * each):
        found = difference(numbered(number).program(), a_seed(number), number % 3)
        assert found is None, f"service {number}: {found}"


@settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(services(), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_both_engines_write_the_same_of_drawn_services(
    small: Small, seed: int, replication: int
) -> None:
    """Hold that no byte differs, where Hypothesis looks for a small service on which one does."""
    assert difference(small.program(), seed, replication) is None


def test_the_services_have_everything() -> None:
    """Hold that what the engines must get right occurs: each in at least 20 of 1,000 services.

    Otherwise that they agree would say little. And that the compiled engine's runs obey the laws.
    """
    counted: Counter[str] = Counter()
    for number in range(1000):
        small = numbered(number)
        program = small.program()
        seed = a_seed(number)
        visits = simulate(program, seed, 0)
        assert faults(program, visits, seed) == (), number
        changes = changes_of(program, key_of(seed, 0))
        people = make_people(program, seed, 0)
        rows, watch = watched(program, people)
        assert by_client(rows, len(people.clients)).tobytes() == visits.tobytes(), number
        counted.update(seen(small, program, changes, visits, watch))
    assert set(counted) == set(features())
    rare = {name: counted[name] for name in features() if counted[name] < IN_EVERY_THOUSAND}
    assert rare == {}
