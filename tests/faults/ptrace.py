# SPDX-License-Identifier: Apache-2.0
"""ptrace(2) and seccomp(2) through the C library, as far as an injector of faults needs them.

A filter of the kernel stops the traced process at the calls of ``calls.NUMBERS`` alone, so that
everything else runs at full speed. Nothing is needed but Linux on x86-64 or AArch64.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from dataclasses import dataclass
from functools import cache

from tests.faults.calls import NUMBERS

TRACEME, CONT, SETOPTIONS, SYSCALL = 0, 7, 0x4200, 24  # linux/include/uapi/linux/ptrace.h
GETREGSET, SETREGSET = 0x4204, 0x4205
NT_PRSTATUS, NT_ARM_SYSTEM_CALL = 1, 0x404
OPTIONS = 0x00100000 | 0x80 | 0x08 | 0x04 | 0x02 | 0x01  # EXITKILL SECCOMP CLONE VFORK FORK SYSGOOD
EVENT_SECCOMP = 7
WALL = 0x40000000
_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_ALLOW, _TRACE = 0x7FFF0000, 0x7FF00000
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF: ld [k]; jeq #k, t, f; ret #k
_IS_ARM = platform.machine() == "aarch64"
_REGISTERS = 34 if _IS_ARM else 27
_ARGUMENTS = (0, 1, 2, 3, 4, 5) if _IS_ARM else (14, 13, 12, 7, 9, 8)  # rdi rsi rdx r10 r8 r9
_NUMBER, _RESULT = (8, 0) if _IS_ARM else (15, 10)  # x8, x0; orig_rax, rax


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    library.ptrace.restype = ctypes.c_long
    return library


def ask(request: int, task: int, address: int = 0, data: int = 0) -> None:
    """Do one request of ptrace(2).

    Raises:
        OSError: the kernel refuses it, or the task is gone.
    """
    if _library().ptrace(request, task, address, data) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def stop_at_calls() -> None:
    """Stop this process, from now on, at every call of ``NUMBERS``; its tracer goes on with it.

    Raises:
        OSError: the kernel refuses filters.
    """
    steps = [struct.pack("HBBI", _LOAD, 0, 0, 0)]
    numbers = sorted(NUMBERS.values())
    steps += [
        struct.pack("HBBI", _EQUAL, len(numbers) - i, 0, number) for i, number in enumerate(numbers)
    ]
    steps += [struct.pack("HBBI", _RETURN, 0, 0, verdict) for verdict in (_ALLOW, _TRACE)]
    program = _Program(len(steps), b"".join(steps))
    library = _library()
    if library.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) or library.prctl(
        _SET_SECCOMP, _MODE_FILTER, ctypes.byref(program)
    ):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


@dataclass(slots=True)
class Registers:
    """The registers of a stopped task, at a call or at its end."""

    task: int
    values: ctypes.Array[ctypes.c_uint64]

    @classmethod
    def of(cls, task: int) -> Registers:
        """Read them."""
        values = (ctypes.c_uint64 * _REGISTERS)()
        vector = _Vector(ctypes.addressof(values), ctypes.sizeof(values))
        ask(GETREGSET, task, NT_PRSTATUS, ctypes.addressof(vector))
        return cls(task, values)

    @property
    def number(self) -> int:
        """Return which call it is."""
        return self.values[_NUMBER]

    def argument(self, place: int) -> int:
        """Return an argument, unsigned."""
        return self.values[_ARGUMENTS[place]]

    @property
    def result(self) -> int:
        """Return what the call returned; negative is -errno."""
        return ctypes.c_int64(self.values[_RESULT]).value

    def change(self, place: int, value: int) -> None:
        """Give the call another argument."""
        self.values[_ARGUMENTS[place]] = value
        self._write()

    def fail(self, error: int) -> None:
        """Let the call not happen, and return ``-error``."""
        if _IS_ARM:
            self._skip_on_arm()
        else:
            self.values[_NUMBER] = 2**64 - 1
        self.values[_RESULT] = 2**64 - error
        self._write()

    def _skip_on_arm(self) -> None:
        number = ctypes.c_int(-1)
        vector = _Vector(ctypes.addressof(number), ctypes.sizeof(number))
        ask(SETREGSET, self.task, NT_ARM_SYSTEM_CALL, ctypes.addressof(vector))

    def _write(self) -> None:
        vector = _Vector(ctypes.addressof(self.values), ctypes.sizeof(self.values))
        ask(SETREGSET, self.task, NT_PRSTATUS, ctypes.addressof(vector))
