"""Chance by address: Philox word for word, the layout of addresses, and uniformity."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from numba import njit
from scipy import stats

from simcare.kernels import draws
from simcare.kernels.draws import name_id, philox, uniform, unit_interval

WORD = 2**64
ONES = WORD - 1

Words = tuple[int, ...]
Address = tuple[int, int, int, int, int, int, int]


def numpy_block(key: Words, counter: Words) -> Words:
    """Return NumPy's Philox block of a counter; NumPy adds one to it first, so it gets one less."""
    number = sum(word << 64 * k for k, word in enumerate(counter))
    before = (number - 1) % 2**256
    words = [before >> 64 * k & ONES for k in range(4)]
    generator = np.random.Philox(
        key=np.array(key, dtype=np.uint64), counter=np.array(words, dtype=np.uint64)
    )
    return tuple(int(word) for word in generator.random_raw(4))


def our_block(key: Words, counter: Words) -> Words:
    """Return the block of the package as Python numbers."""
    k0, k1 = (np.uint64(word) for word in key)
    c0, c1, c2, c3 = (np.uint64(word) for word in counter)
    return tuple(int(word) for word in philox(k0, k1, c0, c1, c2, c3))


def our_uniform(address: Address) -> float:
    """Return the uniform of an address, all of whose numbers are given as uint64."""
    seed, replication, client, episode, stage, n, purpose = (np.uint64(part) for part in address)
    return uniform(seed, replication, client, episode, stage, n, purpose)


def layout(address: Address) -> tuple[Words, Words, int]:
    """Return key, counter and word of an address, as the module's docstring lays them out."""
    seed, replication, client, episode, stage, n, purpose = address
    counter = (client, episode, stage + n * 2**32, purpose // 4)
    return (seed, replication), counter, purpose % 4


def grid() -> list[Address]:
    """Return addresses at and around the ends of every field, with all purposes from 0 to 15."""
    clients = [(stream << 32) | k for stream in (0, 1, 2**32 - 1) for k in (0, 1, 2**32 - 1)]
    fields = (
        (0, 1, 2**32, 2**63, ONES),
        (0, 1, 2**32),
        clients,
        (0, 1, 2**40),
        (0, 1, 7, 2**32 - 1),
        (0, 1, 2**32 - 1),
        range(16),
    )
    return list(itertools.product(*fields))


@pytest.mark.parametrize(
    ("key", "counter", "block"),
    [
        (
            (0, 0),
            (0, 0, 0, 0),
            (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
        ),
        (
            (ONES, ONES),
            (ONES, ONES, ONES, ONES),
            (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
        ),
        (
            (0x452821E638D01377, 0xBE5466CF34E90C6C),
            (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
            (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
        ),
    ],
)
def test_philox_known_answers(key: Words, counter: Words, block: Words) -> None:
    """Philox4x64-10 gives the known answers of the Random123 distribution."""
    assert our_block(key, counter) == block


def test_philox_equals_numpy_word_for_word() -> None:
    """Philox gives NumPy's words for random keys and counters and where the counter carries."""
    random = np.random.default_rng(21)
    for row in random.integers(0, WORD, (500, 6), dtype=np.uint64):
        key, counter = tuple(map(int, row[:2])), tuple(map(int, row[2:]))
        assert our_block(key, counter) == numpy_block(key, counter)
    for counter in ((0, 1, 0, 0), (0, 0, 0, 1), (ONES, 0, ONES, 0)):
        assert our_block((0, ONES), counter) == numpy_block((0, ONES), counter)


def test_uniform_follows_the_layout() -> None:
    """The number of an address is the word the layout names, taken from NumPy's generator."""
    random = np.random.default_rng(22)
    addresses = grid()
    for k in random.choice(len(addresses), 1500, replace=False):
        key, counter, word = layout(addresses[k])
        expected = ((numpy_block(key, counter)[word] >> 11) + 0.5) * 2.0**-53
        assert our_uniform(addresses[k]) == expected, addresses[k]


def test_no_two_addresses_share_their_chance() -> None:
    """On a large grid the layout is one to one, and the numbers themselves all differ.

    That two of the 77760 numbers agree by chance has a probability below 1e-6.
    """
    addresses = grid()
    assert len({layout(address) for address in addresses}) == len(addresses)
    assert len({our_uniform(address) for address in addresses}) == len(addresses) == 77760


def _sum_of_uniforms(seed: np.uint64, client: int, count: int) -> float:
    total = 0.0
    for n in range(count):
        total += uniform(seed, 3, client, 1, 5, n, draws.CLOCK + 2)
    return total


# Not a cached kernel: its cache would not notice a change of the functions it is to test.
from_a_kernel = cast(Callable[[np.uint64, int, int], float], njit()(_sum_of_uniforms))


def test_uniform_takes_signed_and_unsigned_numbers() -> None:
    """int64 and uint64 arguments, mixed or not, from Python or a kernel, give one number."""
    client = (7 << 32) | 11
    plain = [uniform(5, 3, client, 1, 5, n, 6) for n in range(4)]
    assert plain == [our_uniform((5, 3, client, 1, 5, n, 6)) for n in range(4)]
    assert plain[2] == uniform(np.uint64(5), 3, np.uint64(client), 1, 5, 2, 6)
    assert from_a_kernel(np.uint64(5), client, 4) == sum(plain)
    # Beyond 2^53 a float64 would not hold the client's last bit.
    far = 2**63 + 1
    assert our_uniform((5, 3, far, 1, 5, 0, 6)) != our_uniform((5, 3, far - 1, 1, 5, 0, 6))


def test_a_negative_stage_leaves_n_alone() -> None:
    """Only the low 32 bits of the stage count: -1 is the stage 2^32 - 1, whatever n."""
    for n in (0, 1):
        assert uniform(5, 3, 8, 1, -1, n, 0) == our_uniform((5, 3, 8, 1, 2**32 - 1, n, 0))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0, 2.0**-54),
        (2047, 2.0**-54),
        (2048, 3 * 2.0**-54),
        (2**63, 0.5),
        (ONES - 2048, 1.0 - 2.0**-52),
        (ONES, 1.0 - 2.0**-53),
    ],
)
def test_unit_interval_leaves_out_both_ends(word: int, expected: float) -> None:
    """The least word gives 2^-54, the greatest the last double below 1, never 0 or 1."""
    assert unit_interval(np.uint64(word)) == expected


@pytest.mark.parametrize(
    ("seed", "replication"), [(0, 0), (0, 1), (1, 0), (ONES, 0), (0, ONES), (12345, 7)]
)
def test_uniforms_of_neighbouring_addresses_are_uniform(seed: int, replication: int) -> None:
    """Mean and chi-square of 16000 numbers, seed 0 and replication 0 as any other.

    Two-sided mean and upper chi-square each with false-alarm rate 1e-6, were the seeds random.
    """
    fields = itertools.product(range(500), range(2), range(16))
    values = [our_uniform((seed, replication, c, 0, s, 0, p)) for c, s, p in fields]
    count = len(values)
    assert count == 16000
    z = (math.fsum(values) / count - 0.5) * math.sqrt(12.0 * count)
    assert abs(z) < stats.norm.isf(0.5e-6)
    seen, _ = np.histogram(values, bins=100, range=(0.0, 1.0))
    chi_square = float(((seen - count / 100) ** 2 / (count / 100)).sum())
    assert chi_square < stats.chi2.isf(1e-6, 99)


def test_name_id_is_the_head_of_sha_256() -> None:
    """name_id: SHA-256 of "abc" starts ba7816bf (FIPS 180), of the empty name e3b0c442."""
    assert name_id("abc") == 0xBA7816BF
    assert name_id("") == 0xE3B0C442


def test_name_id_reads_names_as_utf_8() -> None:
    """name_id: a name beyond ASCII is hashed as its UTF-8 bytes."""
    assert name_id("\u00e9") == 0x4A99557E


def test_purposes_never_overlap() -> None:
    """The purposes, with the four clocks counted out, are different numbers from 0 to 15."""
    clocks = [draws.CLOCK + k for k in range(4)]
    others = [draws.STAY, draws.ROUTE, draws.UNIT, draws.EARLY, draws.WAY_IN, draws.ARRIVAL]
    purposes = [*others, *clocks, draws.ATTRIBUTE]
    assert purposes == [0, 1, 2, 8, 9, 10, 4, 5, 6, 7, 12]
    assert len(set(purposes)) == len(purposes)
