"""Which engine plays: every name that a config may give has its engine, and no other."""

import pytest

from simcare.config.build import job
from simcare.engines import reference
from simcare.engines.choice import ENGINES, simulator


def test_the_reference_engine_by_its_name() -> None:
    """Hold that the name leads to the engine itself."""
    assert simulator("reference") is reference.simulate


@pytest.mark.parametrize("name", ["", "Reference", "simpy"])
def test_another_name_is_refused(name: str) -> None:
    """Hold that a name that is none is an error that names those that are."""
    with pytest.raises(ValueError, match=r"allowed: compiled, reference"):
        simulator(name)


@pytest.mark.parametrize("name", ENGINES)
def test_a_config_may_ask_for_each(name: str) -> None:
    """Hold that a plan knows the engine that was asked for, and that it is in the hash."""
    arguments = ["service=one_queue", "population=plain"]
    made = job([*arguments, f"engine={name}"])
    assert made.study.plan.engine == name
    others = [other for other in ENGINES if other != name]
    assert all(job([*arguments, f"engine={o}"]).config_hash != made.config_hash for o in others)
