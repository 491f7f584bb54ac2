"""A service as it was before day 0, made from what it is in the run."""

from simcare.model.arrivals import Stream
from simcare.model.capacity import Capacity
from simcare.model.scenario import Scenario
from simcare.study.values import Earlier


def earlier(base: Scenario, days: int) -> Earlier:
    """Return a base as it was for so many days before day 0: no day of the run had come yet.

    Streams that open on a later day are closed, those that close on one are open; the numbers of
    capacities that change on a day are as before it. What goes by dates goes by dates.
    """
    service = base.service
    streams = {name: _stream(one, days) for name, one in service.arrivals.items()}
    capacities = {name: _capacity(one) for name, one in service.capacities.items()}
    before = service.model_copy(update={"arrivals": streams, "capacities": capacities})
    return Earlier(base.model_copy(update={"service": before, "beginning": None}), days)


def _stream(stream: Stream, days: int) -> Stream:
    wave = stream.wave
    if wave is not None:
        wave = wave.model_copy(update={"start_day": wave.start_day + days})
    opens = stream.open and stream.from_day == 0
    later = {"open": opens, "from_day": 0, "until_day": None, "wave": wave}
    return stream.model_copy(update=later)


def _capacity(capacity: Capacity) -> Capacity:
    dated = tuple(change for change in capacity.changes if change.date is not None)
    return capacity.model_copy(update={"changes": dated})
