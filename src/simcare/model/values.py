"""The ground that every value of the model stands on: frozen, closed to unknown keys, finite."""

from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

if TYPE_CHECKING:  # what lists the configs needs values, and no numbers
    import numpy as np
    from numpy.typing import NDArray


class Value(BaseModel):
    """A frozen value: it cannot be changed, has no unknown keys and no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _not_a_truth(value: Any) -> Any:
    """Refuse true and false where a number is asked for: Python counts them as 1 and 0."""
    if isinstance(value, bool):
        raise PydanticCustomError("number", "a number is required, not true or false")
    return value


def problem(message: str) -> PydanticCustomError:
    """Return an error whose text says what is allowed; the value given is added where it is shown.

    The text stays as it is: without a context pydantic fills in nothing between braces.
    """
    return PydanticCustomError("simcare", message)


def nearest(name: object, known: Sequence[str]) -> str:
    """Return the known name most like ``name``, or an empty string when none is near."""
    return next(iter(near_names(name, known, 1)), "")


def near_names(name: object, known: Sequence[str], most: int) -> list[str]:
    """Return the known names most like ``name``, the most like first, ``most`` at most.

    Capitals make no difference, since no name has any.
    """
    by_small = {str(k).casefold(): str(k) for k in known}
    close = get_close_matches(str(name).casefold(), list(by_small), n=most, cutoff=0.5)
    return [by_small[small] for small in close]


def choice_text(name: object, known: Sequence[str]) -> str:
    """Return the words "allowed: …", with the nearest known name when there is one."""
    near = nearest(name, known)
    allowed = ", ".join(str(k) for k in known) or "nothing"
    return f"allowed: {allowed}" + (f"; did you mean {near}?" if near else "")


# Beyond these no number means anything here, and arithmetic on it would no longer be finite.
LARGEST, SMALLEST, MOST = 1e12, 1e-9, 1_000_000

Float = Annotated[float, BeforeValidator(_not_a_truth)]
Whole = Annotated[int, BeforeValidator(_not_a_truth)]
Number = Annotated[Float, Field(strict=True, ge=-LARGEST, le=LARGEST)]
Positive = Annotated[Float, Field(strict=True, gt=0, le=LARGEST), Field(ge=SMALLEST)]
NotNegative = Annotated[Float, Field(strict=True, ge=0, le=LARGEST)]
Share = Annotated[Float, Field(strict=True, ge=0, le=1)]
Count = Annotated[Whole, Field(strict=True, ge=0, le=MOST)]
PositiveCount = Annotated[Whole, Field(strict=True, ge=1, le=MOST)]
Name = Annotated[str, Field(strict=True, pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
AsTuple = BeforeValidator(_as_tuple)


def on_one_line(text: str) -> str:
    """Return a text on one line, one blank between its words."""
    return " ".join(text.split())


# What stands in tables and sentences. In a file it may be written over several lines.
Line = Annotated[str, AfterValidator(on_one_line)]

SHARE_TOLERANCE = 1e-9


def sums_to_one(shares: Sequence[float]) -> bool:
    """Return whether shares sum to one, up to the rounding of their decimal notation."""
    return abs(sum(shares) - 1.0) <= SHARE_TOLERANCE


BILLION = 10**9
Numbers = TypeVar("Numbers", int, "NDArray[np.int64]")


def billionths(share: float) -> int:
    """Return a share as whole billionths: shares are told to nine decimals."""
    return round(share * BILLION)


def half_up(share_in_billionths: Numbers, number: Numbers) -> Numbers:
    """Return a share of whole numbers, halves rounded up: exact, without a fraction in between."""
    return (2 * share_in_billionths * number + BILLION) // (2 * BILLION)


Built = TypeVar("Built", bound=Value)


def built_with(
    model: type[Built],
    data: Any,
    build: Callable[[Any], Built],
    found: list[InitErrorDetails],
    unknown: Callable[[InitErrorDetails], bool] = lambda _: False,
) -> Built:
    """Return ``build(data)``; report what is wrong inside it together with what else was found.

    Of what is ``unknown`` by what was found, nothing more is said: what it should be is not known.
    """
    hidden = {line.get("loc", ()) for line in found if unknown(line)}
    try:
        value = build(data)
    except ValidationError as error:
        lines = [again(line, data) for line in error.errors()]
        single = [line for line in lines if not _begins_with(line.get("loc", ()), hidden)]
        raise ValidationError.from_exception_data(model.__name__, [*single, *found]) from None
    if found:
        raise ValidationError.from_exception_data(model.__name__, found)
    return value


def _begins_with(loc: tuple[str | int, ...], places: Collection[tuple[str | int, ...]]) -> bool:
    return any(loc[: len(place)] == place for place in places)


def again(line: Any, data: Any) -> InitErrorDetails:
    """Return one reported error in the form that errors are made from."""
    own = line["type"] in ("simcare", "number")
    kind = problem(line["msg"]) if own else line["type"]
    loc = _as_written(line["loc"], data)
    return InitErrorDetails(type=kind, loc=loc, input=line["input"], ctx=line.get("ctx", {}))


def _as_written(loc: tuple[str | int, ...], data: Any) -> tuple[str | int, ...]:
    """Return a path without the ``0.to`` of a case that was written in a short notation."""
    written: list[str | int] = []
    here, short = data, False
    for part in loc:
        if part == 0 and not isinstance(here, list | tuple):
            short = True
        elif not (short and part == "to"):
            written.append(part)
            here = here.get(part) if isinstance(here, dict) else _item(here, part)
    return tuple(written)


def _item(listed: Any, part: str | int) -> Any:
    found = isinstance(listed, list | tuple) and isinstance(part, int) and part < len(listed)
    return listed[part] if found else None
