"""The laws of a client's life behind one address, for an engine written in Python.

Handing twenty arrays to a kernel costs ten times what the kernel takes. So they are handed over
once: a desk is an int64 array of where each array lies and how long it is, and the functions here
look them up and call the law. The owner of the desk keeps the arrays alive and says where they are.
To look up is inlined: a law reads few of the arrays, and the others are then never looked up.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import carray
from numpy.typing import NDArray

from simcare.kernels import ends, lives, reviews
from simcare.kernels import tables as t
from simcare.kernels.compile import brief_kernel, inlined_allocating_kernel
from simcare.kernels.tables import People, Rows, Tables

Desk = NDArray[np.int64]
_TABLES = len(Tables._fields) - 1  # the first says only of which type they are
_PEOPLE = _TABLES + len(People._fields)
_DIMENSIONS = 2


def open_desk(tables: Tables, people: People, visits: Rows, places: Rows) -> Desk:
    """Return where the arrays of a replication lie: rows of (address, length, width), int64."""
    arrays: list[NDArray[Any]] = [*tables[1:], *people, visits, places]
    return np.array([_place(array) for array in arrays], np.int64)


def move_visits(desk: Desk, visits: Rows) -> None:
    """Tell a desk that the visits lie elsewhere now."""
    desk[_PEOPLE] = _place(visits)


def _place(array: NDArray[Any]) -> tuple[int, int, int]:
    if not array.flags.c_contiguous:
        raise ValueError("the arrays of a desk must be contiguous")
    width = array.shape[1] if array.ndim == _DIMENSIONS else 1
    return array.ctypes.data, array.shape[0], width


def _as_pointer(_typing: Any, _address: Any) -> Any:
    """Describe to Numba an int64 taken as a pointer."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), generate


_pointer = cast(Callable[[int], Any], intrinsic(_as_pointer))


@inlined_allocating_kernel
def _tables(desk: Desk) -> Tables:
    return Tables(
        t.RULED,
        carray(_pointer(desk[0, 0]), desk[0, 1], t.LAW),
        carray(_pointer(desk[1, 0]), (desk[1, 1], 2), np.float64),
        carray(_pointer(desk[2, 0]), desk[2, 1], t.EFFECT),
        carray(_pointer(desk[3, 0]), desk[3, 1], t.TEST),
        carray(_pointer(desk[4, 0]), (desk[4, 1], desk[4, 2]), t.CLOCK),
        carray(_pointer(desk[5, 0]), (desk[5, 1], desk[5, 2]), t.DRIFT),
        carray(_pointer(desk[6, 0]), desk[6, 1], t.STAGE_ROW),
        carray(_pointer(desk[7, 0]), (desk[7, 1], desk[7, 2]), np.int64),
        carray(_pointer(desk[8, 0]), desk[8, 1], t.CAPACITY),
        carray(_pointer(desk[9, 0]), desk[9, 1], t.ORDER),
        carray(_pointer(desk[10, 0]), desk[10, 1], t.OFFER),
        carray(_pointer(desk[11, 0]), desk[11, 1], t.MARK),
        carray(_pointer(desk[12, 0]), desk[12, 1], t.DEADLINE),
        carray(_pointer(desk[13, 0]), desk[13, 1], t.WITHIN),
        carray(_pointer(desk[14, 0]), (desk[14, 1], desk[14, 2]), np.int64),
        carray(_pointer(desk[15, 0]), (desk[15, 1], desk[15, 2]), t.CASES),
        carray(_pointer(desk[16, 0]), desk[16, 1], t.CASE),
        carray(_pointer(desk[17, 0]), desk[17, 1], t.ROUTE),
        carray(_pointer(desk[18, 0]), desk[18, 1], t.SETTING),
        carray(_pointer(desk[19, 0]), desk[19, 1], t.LOOK),
        carray(_pointer(desk[20, 0]), desk[20, 1], t.DUE),
        carray(_pointer(desk[21, 0]), desk[21, 1], np.int64),
    )


@inlined_allocating_kernel
def _people(desk: Desk) -> People:
    return People(
        carray(_pointer(desk[22, 0]), desk[22, 1], np.uint64),
        carray(_pointer(desk[23, 0]), desk[23, 1], t.CLIENT),
        carray(_pointer(desk[24, 0]), (desk[24, 1], desk[24, 2]), np.float64),
        carray(_pointer(desk[25, 0]), (desk[25, 1], desk[25, 2]), t.CLOCK_STATE),
        carray(_pointer(desk[26, 0]), (desk[26, 1], desk[26, 2]), np.uint16),
        carray(_pointer(desk[27, 0]), (desk[27, 1], desk[27, 2]), np.int64),
        carray(_pointer(desk[28, 0]), desk[28, 1], t.PRESENT),
        carray(_pointer(desk[29, 0]), (desk[29, 1], desk[29, 2]), np.int64),
        carray(_pointer(desk[30, 0]), (desk[30, 1], desk[30, 2]), np.float64),
    )


@inlined_allocating_kernel
def _visits(desk: Desk) -> Rows:
    return carray(_pointer(desk[31, 0]), desk[31, 1], t.VISIT)


@inlined_allocating_kernel
def _places(desk: Desk) -> Rows:
    return carray(_pointer(desk[32, 0]), desk[32, 1], t.PLACE)


@brief_kernel
def begin_episode(desk: Desk, who: int) -> None:
    """As :func:`lives.begin_episode`."""
    lives.begin_episode(_people(desk), who)


@brief_kernel
def begin_visit(desk: Desk, row: int, who: int, stage: int, now: int) -> int:
    """As :func:`lives.begin_visit`."""
    return lives.begin_visit(_tables(desk), _people(desk), _visits(desk), row, who, stage, now)


@brief_kernel
def begin_wait(desk: Desk, row: int) -> tuple[int, int]:
    """As :func:`lives.begin_wait`."""
    return lives.begin_wait(_tables(desk), _people(desk), _visits(desk), row)


@brief_kernel
def begin_stay(desk: Desk, row: int, now: int) -> tuple[int, int]:
    """As :func:`lives.begin_stay`."""
    return lives.begin_stay(_tables(desk), _people(desk), _visits(desk), row, now)


@brief_kernel
def end_visit(desk: Desk, row: int, now: int, fate: int) -> tuple[int, int]:
    """As :func:`ends.end_visit`."""
    return ends.end_visit(
        _tables(desk), _people(desk), _places(desk), _visits(desk), row, now, fate
    )


@brief_kernel
def is_moved(desk: Desk, row: int, now: int) -> bool:
    """As :func:`reviews.is_moved`."""
    return reviews.is_moved(_tables(desk), _people(desk), _places(desk), _visits(desk), row, now)


@brief_kernel
def turn_of(desk: Desk, row: int, order: int, now: int) -> tuple[int, float]:
    """As :func:`reviews.turn_of`, by the number of the order."""
    tables = _tables(desk)
    return reviews.turn_of(tables, _people(desk), _visits(desk), row, tables.orders[order], now)


@brief_kernel
def keep_open(desk: Desk, row: int) -> None:
    """As :func:`ends.keep_open`."""
    ends.keep_open(_visits(desk), row)


@brief_kernel
def close_visit(desk: Desk, row: int, now: int) -> None:
    """As :func:`ends.close_visit`."""
    ends.close_visit(_people(desk), _visits(desk), row, now)
