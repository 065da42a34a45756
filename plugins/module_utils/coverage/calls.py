# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The call space: every kind of call that a process on a host can make, one bit each.

A call is an ABI (b64, b32) and a number. The calls that open a file count as
three, by the access mode in their flags, and i386's socketcall as two, because
audit_match_perm (kernel/auditsc.c) looks at those arguments to tell whether a
``perm`` field matches.
"""

import functools
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.rules import names, permissions
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    PERM_ATTR,
    PERM_EXEC,
    PERM_READ,
    PERM_WRITE,
    Rule,
)

NUMBERS = 2048  # AUDIT_BITMASK_SIZE * 32, include/uapi/linux/audit.h
_EXTRA = 64
_STRIDE = NUMBERS + _EXTRA
# ACC_MODE of include/linux/fs.h: what each access mode of open's flags counts as.
MODES = (("r", PERM_READ), ("w", PERM_WRITE), ("rw", PERM_READ | PERM_WRITE))
_CLASSES = ((PERM_READ, "r"), (PERM_WRITE, "w"), (PERM_ATTR, "a"))


class Abi(NamedTuple):
    """One kind of call: its tag in rules, the machine whose table numbers it, the kernel's arch value."""

    tag: str
    machine: str
    arch: int
    offset: int


class Call(NamedTuple):
    """What one bit stands for; ``access`` is r, w, rw, x, a or empty."""

    abi: str
    number: int
    name: str
    access: str


@functools.lru_cache(maxsize=16)
def call_space(machine: str, kernel: Tuple[int, ...], tags: Tuple[str, ...], doubtful: bool = True) -> "CallSpace":
    """The space of these arguments, made once: it holds nothing but what follows from them."""
    return CallSpace(machine, kernel, tags, doubtful)


class CallSpace:
    """The calls of one machine under one kernel release.

    Args:
        machine: One of the machines of rules/names.py.
        kernel: The release as numbers; with the third one, fewer calls are in doubt.
        tags: The kinds of call that a process can make, of b64 and b32.
        doubtful: Whether calls that backports add to the permission classes of
            some kernels of this release count as members.
    """

    def __init__(self, machine: str, kernel: Tuple[int, ...], tags: Sequence[str], doubtful: bool = True) -> None:
        self.machine = machine
        self.kernel = kernel
        self.doubtful = doubtful
        self._classes: Dict[Tuple[str, str], FrozenSet[int]] = {}
        self.abis: List[Abi] = []
        for candidate in (machine, names.compat_machine(machine)):
            if candidate is None:
                continue
            arch = names.arch_of(candidate)
            tag = "b{0}".format(names.arch_bits(arch))
            if tag in tags:
                self.abis.append(Abi(tag, candidate, arch, _STRIDE * len(self.abis)))
        self._split: Dict[Tuple[str, int], List[int]] = {}
        self._modes: Dict[int, Tuple[Tuple[str, int], str]] = {}
        self.known = 0
        self._every: Dict[str, int] = {}
        self._by_name: Dict[str, int] = {}
        self._of_names: Dict[FrozenSet[str], int] = {}
        for abi in self.abis:
            self._add(abi)
        self.everything = sum(self._every.values())
        self._perms: Dict[int, int] = {}
        self._shapes: Dict[str, int] = {}
        self._numbers: Dict[Optional[FrozenSet[int]], Dict[str, int]] = {}

    def _add(self, abi: Abi) -> None:
        extra = abi.offset + NUMBERS
        for number in sorted(permissions.open_calls(abi.machine, self.kernel)):
            bits = []
            for letter, _perm in MODES:
                self._modes[extra] = ((abi.tag, number), letter)
                bits.append(1 << extra)
                extra += 1
            self._split[(abi.tag, number)] = bits
        multiplexer = permissions.socketcall(abi.machine)
        if multiplexer is not None:
            bits = []
            for letter in ("w", ""):
                self._modes[extra] = ((abi.tag, multiplexer), letter)
                bits.append(1 << extra)
                extra += 1
            self._split[(abi.tag, multiplexer)] = bits
        whole = ((1 << NUMBERS) - 1) << abi.offset
        for (tag, number), bits in self._split.items():
            if tag == abi.tag:
                whole &= ~(1 << (abi.offset + number))
                whole |= sum(bits)
        self._every[abi.tag] = whole
        for name, number in names.syscall_names(abi.machine).items():
            if 0 <= number < NUMBERS:
                bit = self._bits(abi, number)
                self.known |= bit
                self._by_name[name] = self._by_name.get(name, 0) | bit

    def _bits(self, abi: Abi, number: int) -> int:
        split = self._split.get((abi.tag, number))
        return sum(split) if split else 1 << (abi.offset + number)

    # -- masks -------------------------------------------------------------------

    def of_names(self, wanted: FrozenSet[str]) -> int:
        """The calls with any of these names, in every ABI."""
        mask = self._of_names.get(wanted)
        if mask is None:
            mask = 0
            for name in wanted:
                mask |= self._by_name.get(name, 0)
            self._of_names[wanted] = mask
        return mask

    def of_shape(self, shape: str) -> int:
        """The calls that can touch names in this way (see shapes.py)."""
        mask = self._shapes.get(shape)
        if mask is None:
            mask = self._shapes[shape] = self.of_names(shapes.CALLS_OF_SHAPE[shape])
        return mask

    def naming(self) -> int:
        """The calls that collect names at all."""
        return self.of_names(shapes.NAMING)

    def of_tag(self, tag: str) -> int:
        """Every call of one ABI; none where no process makes them."""
        return self._every.get(tag, 0)

    def of_numbers(self, numbers: Optional[FrozenSet[int]], tag: str) -> int:
        """The calls of one ABI whose bits a rule's mask has; None: all bits."""
        if numbers is None:
            return self._every[tag]
        cached = self._numbers.setdefault(numbers, {})
        mask = cached.get(tag)
        if mask is None:
            abi = next(abi for abi in self.abis if abi.tag == tag)
            mask = 0
            for number in numbers:
                mask |= self._bits(abi, number)
            cached[tag] = mask
        return mask

    def of_perm(self, perm: int) -> int:
        """The calls that a ``perm`` field matches, as audit_match_perm decides."""
        mask = self._perms.get(perm)
        if mask is not None:
            return mask
        mask = 0
        for abi in self.abis:
            special = set(permissions.exec_calls(abi.machine))
            if perm & PERM_EXEC:
                for number in special:
                    mask |= self._bits(abi, number)
            opening = permissions.open_calls(abi.machine, self.kernel)
            special.update(opening)
            for number in opening:
                for bit, (_letter, means) in zip(self._split[(abi.tag, number)], MODES):
                    if means & perm:
                        mask |= bit
            multiplexer = permissions.socketcall(abi.machine)
            if multiplexer is not None:
                special.add(multiplexer)
                if perm & PERM_WRITE:
                    mask |= self._split[(abi.tag, multiplexer)][0]
            for bit, letter in _CLASSES:
                if perm & bit:
                    for number in self._class(letter, abi.machine):
                        if number not in special:
                            mask |= self._bits(abi, number)
        self._perms[perm] = mask
        return mask

    def _class(self, letter: str, machine: str) -> FrozenSet[int]:
        found = self._classes.get((letter, machine))
        if found is None:
            found = permissions.perm_class(letter, machine, self.kernel)
            if self.doubtful:
                found |= permissions.perm_class_doubtful(machine, self.kernel, letter)
            self._classes[(letter, machine)] = found
        return found

    def in_doubt(self) -> int:
        """The calls of which it is not known whether this kernel's permission classes hold them."""
        mask = 0
        for abi in self.abis:
            for number in permissions.perm_class_doubtful(abi.machine, self.kernel):
                mask |= self._bits(abi, number)
        return mask

    def arches_of(self, rule: Rule) -> List[str]:
        """The tags of the ABIs that a rule's arch conditions let through."""
        arches = rule.fields("arch")
        return [abi.tag for abi in self.abis if all((abi.arch == field.value) == (field.op == "=") for field in arches)]

    def of_rule(self, rule: Rule) -> int:
        """The calls that a rule's mask, arch and perm conditions let through."""
        mask = 0
        for tag in self.arches_of(rule):
            mask |= self.of_numbers(rule.syscalls, tag)
        for field in rule.fields("perm"):
            matched = self.of_perm(int(field.value))
            mask &= matched if field.op == "=" else ~matched
        return mask

    # -- reading one bit ------------------------------------------------------------

    def each(self, mask: int) -> List[Call]:
        """Every call in a mask, in the order of the bits."""
        return [self.call(bit) for bit in _positions(mask)]

    def call(self, position: int) -> Call:
        """The call that the bit at this position stands for."""
        mode = self._modes.get(position)
        if mode is not None:
            (tag, number), letter = mode
            abi = next(abi for abi in self.abis if abi.tag == tag)
            return Call(tag, number, names.syscall_name(number, abi.machine) or str(number), letter)
        abi = next(abi for abi in reversed(self.abis) if abi.offset <= position)
        number = position - abi.offset
        return Call(abi.tag, number, names.syscall_name(number, abi.machine) or str(number), self._access(abi, number))

    def _access(self, abi: Abi, number: int) -> str:
        if number in permissions.exec_calls(abi.machine):
            return "x"
        return "".join(letter for _bit, letter in _CLASSES if number in self._class(letter, abi.machine))


def _positions(mask: int) -> List[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
