"""How what was given is shown in a message."""

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from simcare.config.messages import faults_of


class Beds(BaseModel):
    """A number that no text may stand for."""

    model_config = ConfigDict(strict=True)
    beds: int


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("6", '"6"'),
        ("-2.5", '"-2.5"'),
        ("true", '"true"'),
        ("null", '"null"'),
        (True, "true"),
        (None, "null"),
        ("010", "010"),
        ("many", "many"),
        ("", "an empty text"),
    ],
)
def test_a_text_that_looks_like_none_is_quoted(given: object, expected: str) -> None:
    """Expected: as it would be written in a config, so that a quoted number is told from one."""
    with pytest.raises(ValidationError) as caught:
        Beds.model_validate({"beds": given})
    assert [str(fault) for fault in faults_of(caught.value, Beds)] == [
        f"beds = {expected}: a whole number is required"
    ]
