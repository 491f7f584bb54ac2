"""Chance by address: every random number is a function of what it is for.

Nothing is drawn "next". A number is computed from the seed, the replication and the address of the
event it decides, so adding a client, a stage or a whole service leaves all other numbers as they
were, and two scenarios share their chance wherever they share an address.

The function is Philox4x64-10 (J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as
easy as 1, 2, 3", SC11, 2011), word for word that of `numpy.random.Philox`. NumPy adds one to its
counter before its first block: our block for counter c is NumPy's first block for counter c - 1.

Layout of an address, all numbers unsigned:

    key      = (seed, replication)                                        2 words of 64 bits
    counter  = (client, episode, stage | n << 32, purpose >> 2)           4 words of 64 bits
    word     = purpose & 3                                                which of the 4 results

* seed, replication, episode: 0 to 2^64 - 1.
* client: stream_id << 32 | number of the client in its stream.
* stage: 0 to 2^32 - 1; of any other number the low 32 bits are used.
* n: 0 to 2^32 - 1; of any other number the low 32 bits are used. Numbers repeats of one purpose at
  one stage.
* purpose: one of the constants below. Four consecutive purposes share a block.

Within these ranges two different addresses never share key, counter and word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from simcare.kernels.compile import inlined_kernel, kernel

STAY: Final = 0
ROUTE: Final = 1
UNIT: Final = 2
OFFER: Final = 3
# The thresholds of the four clocks: CLOCK + number of the clock, 4 to 7.
CLOCK: Final = 4
EARLY: Final = 8
WAY_IN: Final = 9
ARRIVAL: Final = 10
ATTRIBUTE: Final = 12
# What a case sets: the stage is the word of the stage, all bits flipped where that of the attribute
# has a one.
SETTING: Final = 13
# Of the members of a staff: the client is capacity_id << 32 | number of the member, the episode the
# number of the spell, the stage the category.
SICK_LEAVE: Final = 16

# Multipliers and key increments of Philox4x64 (Salmon et al. 2011, table 2 and section 3.3).
_MULTIPLIER_0: Final = np.uint64(0xD2E7470EE14C6C93)
_MULTIPLIER_1: Final = np.uint64(0xCA5A826395121157)
_KEY_STEP_0: Final = np.uint64(0x9E3779B97F4A7C15)
_KEY_STEP_1: Final = np.uint64(0xBB67AE8584CAA73B)
_ROUNDS: Final = 10

# An int next to an uint64 would make Numba compute in float64, so every constant is an uint64.
_LOW_32: Final = np.uint64(0xFFFFFFFF)
_SHIFT_2: Final = np.uint64(2)
_SHIFT_11: Final = np.uint64(11)
_SHIFT_32: Final = np.uint64(32)
_THREE: Final = np.uint64(3)

_BELOW_ONE: Final = 1.0 - 2.0**-53


def _high_product(_typing: Any, _a: Any, _b: Any) -> Any:
    """Describe to Numba the upper 64 bits of the product of two uint64."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


_high: Final = cast(Callable[[np.uint64, np.uint64], np.uint64], intrinsic(_high_product))

_Block = tuple[np.uint64, np.uint64, np.uint64, np.uint64]


@inlined_kernel
def philox(
    k0: np.uint64, k1: np.uint64, c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64
) -> _Block:
    """Return the four uint64 of the Philox4x64-10 block of a key and a counter.

    Key and counter are given least significant word first; arguments may be int64 or uint64.
    Source: Salmon et al. 2011, as in `numpy.random.Philox`.
    """
    a0, a1 = np.uint64(k0), np.uint64(k1)
    w0, w1, w2, w3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    for _ in range(_ROUNDS):
        high_0, low_0 = _high(_MULTIPLIER_0, w0), _MULTIPLIER_0 * w0
        high_1, low_1 = _high(_MULTIPLIER_1, w2), _MULTIPLIER_1 * w2
        w0, w1, w2, w3 = high_1 ^ w1 ^ a0, low_1, high_0 ^ w3 ^ a1, low_0
        a0 += _KEY_STEP_0
        a1 += _KEY_STEP_1
    return w0, w1, w2, w3


@inlined_kernel
def unit_interval(word: np.uint64) -> float:
    """Return the number strictly between 0 and 1 that a random uint64 stands for.

    This is ((word >> 11) + 0.5) * 2^-53, save that the one result that would round up to 1 (from
    the largest of the 2^53 shifted words) is the largest float64 below 1 instead.
    """
    value = (float(np.uint64(word) >> _SHIFT_11) + 0.5) * 2.0**-53
    return min(value, _BELOW_ONE)


@kernel
def uniform(
    seed: int | np.uint64,
    replication: int | np.uint64,
    client: int | np.uint64,
    episode: int | np.uint64,
    stage: int | np.uint64,
    n: int | np.uint64,
    purpose: int | np.uint64,
) -> float:
    """Return the number strictly between 0 and 1 of an address (layout: see the module).

    Arguments may be int64 or uint64 in any mixture and give the same number. From Python pass
    `np.uint64(seed)`: one type for all seeds, also those of 2^63 and more.
    """
    detail = (np.uint64(stage) & _LOW_32) | (np.uint64(n) << _SHIFT_32)
    kind = np.uint64(purpose)
    w0, w1, w2, w3 = philox(
        np.uint64(seed),
        np.uint64(replication),
        np.uint64(client),
        np.uint64(episode),
        detail,
        kind >> _SHIFT_2,
    )
    which = kind & _THREE
    if which < np.uint64(2):
        return unit_interval(w0 if which == np.uint64(0) else w1)
    return unit_interval(w2 if which == np.uint64(2) else w3)


def name_id(name: str) -> int:
    """Return a number from 0 to 2^32 - 1 for a name, the same on every platform.

    It is the first four bytes, most significant first, of the SHA-256 of the name in UTF-8.
    """
    return int.from_bytes(hashlib.sha256(name.encode("utf-8")).digest()[:4], "big")
