"""The ground that every value of the model stands on: frozen, closed to unknown keys, finite."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Value(BaseModel):
    """A frozen value: it cannot be changed, has no unknown keys and no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _not_a_truth(value: Any) -> Any:
    """Refuse true and false where a number is asked for: Python counts them as 1 and 0."""
    if isinstance(value, bool):
        raise PydanticCustomError("number", "a number, not true or false")
    return value


def problem(message: str, **context: object) -> PydanticCustomError:
    """Return an error whose text says what is allowed; the value given is added where it is shown.

    Braces in names are doubled, since the text is a template.
    """
    text = message.replace("{", "{{").replace("}", "}}")
    return PydanticCustomError("simcare", text, context or None)


def nearest(name: object, known: Sequence[str]) -> str:
    """Return the known name most like ``name``, or an empty string when none is near."""
    close = get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.5)
    return close[0] if close else ""


def choice_text(name: object, known: Sequence[str]) -> str:
    """Return the words "allowed: …", with the nearest known name when there is one."""
    near = nearest(name, known)
    allowed = ", ".join(str(k) for k in known) or "nothing"
    return f"allowed: {allowed}" + (f"; did you mean {near}?" if near else "")


Number = Annotated[float, BeforeValidator(_not_a_truth), Field(strict=True)]
Positive = Annotated[float, BeforeValidator(_not_a_truth), Field(strict=True, gt=0)]
NotNegative = Annotated[float, BeforeValidator(_not_a_truth), Field(strict=True, ge=0)]
Share = Annotated[float, BeforeValidator(_not_a_truth), Field(strict=True, ge=0, le=1)]
Count = Annotated[int, BeforeValidator(_not_a_truth), Field(strict=True, ge=0)]
PositiveCount = Annotated[int, BeforeValidator(_not_a_truth), Field(strict=True, ge=1)]
Name = Annotated[str, Field(strict=True, pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
AsTuple = BeforeValidator(_as_tuple)

SHARE_TOLERANCE = 1e-9


def sums_to_one(shares: Sequence[float]) -> bool:
    """Return whether shares sum to one, up to the rounding of their decimal notation."""
    return abs(sum(shares) - 1.0) <= SHARE_TOLERANCE
