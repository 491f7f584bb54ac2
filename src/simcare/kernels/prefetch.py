"""Asking the memory for what will be needed soon: it changes the time of a run and no number."""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

FOR_WRITING, NEAREST, DATA = 1, 3, 1


def _as_prefetch(_typing: Any, _address: Any) -> Any:
    """Describe to Numba the fetching of the cache line at an address, an int64."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = ir.IntType(8).as_pointer()
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, word, word, word])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        how = [ir.Constant(word, number) for number in (FOR_WRITING, NEAREST, DATA)]
        builder.call(fetch, [builder.inttoptr(arguments[0], pointer), *how])
        return _context.get_dummy_value()

    return types.none(types.int64), generate


prefetch = cast(Callable[[int], None], intrinsic(_as_prefetch))
