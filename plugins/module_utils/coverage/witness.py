# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event out of a box, as natural as the box allows; or the news that the box is empty.

Dimensions of a box are independent of each other but for three kinds: -C ties
two identities together, bit tests and comparisons share an argument, and a
group test holds for supplementary groups too. A box in which these contradict
each other holds no event.
"""

from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, Dim
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import FAILED, NEVER_RETURNS
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import EVERY, TOP, Names, Ranges, meet_ranges
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import UNSET

UIDS = ("auid", "uid", "euid", "suid", "fsuid", "obj_uid")
GIDS = ("gid", "egid", "sgid", "fsgid", "obj_gid")
_IDENTITIES = UIDS + GIDS
Value = Union[int, str, None]

# Numbers that an object can have: a regular file or a directory (stat(2)), an ordinary inode, a disk.
_OBJECT_NUMBERS = {"filetype": (0o100000, 0o040000), "inode": (131073, 131074), "devmajor": (8, 9), "devminor": (1, 2)}
# What a machine could say of exe, subj_* and obj_* for an event outside the named ones.
_OTHER_NAMES = {"exe": ("/usr/bin/vi", "/usr/bin/cp", "/opt/other")}


class Identity(NamedTuple):
    """Who an event is told of when the box leaves it open."""

    auid: int
    uid: int


def identities(uid_min: int) -> Tuple[Identity, ...]:
    """Whom a reader expects first: an administrator acting as root, a user, root at the console, a service."""
    return (Identity(uid_min, 0), Identity(uid_min, uid_min), Identity(0, 0), Identity(UNSET, 0))


def _holds(ranges: Ranges, value: int) -> bool:
    return any(low <= value <= high for low, high in ranges)


def _candidates(ranges: Ranges, wanted: Iterable[int], enough: int = 1) -> List[int]:
    """The wanted values that the ranges hold, then more until there are ``enough`` or all.

    As many values as there are identities suffice to tell each from every other.
    """
    found = [value for value in dict.fromkeys(wanted) if _holds(ranges, value)]
    count = 0
    for low, high in ranges:
        for value in range(low, high + 1):
            if count >= enough:
                return found
            count += 1
            if value not in found:
                found.append(value)
    return found


def _ranges(box: Box, dim: Dim) -> Ranges:
    domain = box.dims.get(dim, EVERY)
    return domain if isinstance(domain, tuple) else EVERY


def _identity_values(box: Box, who: Identity, uid_min: int) -> Optional[Dict[str, int]]:
    """Values for every identity that the box or its -C conditions constrain, or None."""
    ties = [(dim[1], dim[2], truth) for dim, truth in box.dims.items() if isinstance(dim, tuple) and dim[0] == "same"]
    named = [name for name in _IDENTITIES if name in box.dims]
    for left, right, _truth in ties:
        named.extend(str(side) for side in (left, right) if side not in named)
    domains = {name: _ranges(box, name) for name in named}
    members: Dict[str, List[Tuple[int, bool]]] = {}
    for dim, truth in box.dims.items():
        if isinstance(dim, tuple) and dim[0] == "member":
            members.setdefault(str(dim[1]), []).append((int(dim[2]), bool(truth)))
    outside = {value for tests in members.values() for value, truth in tests if not truth}
    for name, tests in members.items():
        domains.setdefault(name, _ranges(box, name))
        if name not in named:
            named.append(name)
        for value, truth in tests:
            if not truth:
                domains[name] = tuple(
                    part
                    for part in meet_ranges(
                        domains[name],
                        ((0, value - 1), (value + 1, TOP))
                        if 0 < value < TOP
                        else (((1, TOP),) if value == 0 else ((0, TOP - 1),)),
                    )
                )
            elif value in outside:  # a supplementary group would break the other test: the id itself must be it
                domains[name] = meet_ranges(domains[name], ((value, value),))
    # Equal identities share what both allow.
    for _again in ties:
        for left, right, truth in ties:
            if truth:
                common = meet_ranges(domains[str(left)], domains[str(right)])
                domains[str(left)] = domains[str(right)] = common
    if any(not domain for domain in domains.values()):
        return None
    wanted = {name: _wanted(name, who, uid_min, members.get(name, [])) for name in named}
    choices = [(name, _candidates(domains[name], wanted[name], len(named) + 1)) for name in named]
    return _assign(choices, ties, {})


def _wanted(name: str, who: Identity, uid_min: int, tests: List[Tuple[int, bool]]) -> Tuple[int, ...]:
    if name == "auid":
        return (who.auid, uid_min, uid_min + 1, 0, UNSET)
    if name == "obj_uid":
        return (0, uid_min, uid_min + 1)
    member_of = tuple(value for value, truth in tests if truth)
    return member_of + (who.uid, 0, uid_min, uid_min + 1, 33)


def _assign(
    choices: List[Tuple[str, List[int]]], ties: Sequence[Tuple[object, object, object]], done: Dict[str, int]
) -> Optional[Dict[str, int]]:
    if not choices:
        return done
    name, values = choices[0]
    for value in values:
        trial = dict(done)
        trial[name] = value
        if all(
            (trial[str(left)] == trial[str(right)]) is truth
            for left, right, truth in ties
            if left in trial and right in trial
        ):
            found = _assign(choices[1:], ties, trial)
            if found is not None:
                return found
    return None


def _argument(ranges: Ranges, tests: List[Tuple[str, int, bool]]) -> Optional[int]:
    """The smallest u32 in the ranges that passes the bit tests, or None where there is none."""
    for low, high in ranges:
        found = _smallest(low, high, tests)
        if found is not None:
            return found
    return None


def _smallest(low: int, high: int, tests: List[Tuple[str, int, bool]]) -> Optional[int]:
    """Bit by bit from the top; a test that needs one bit of several is met or still open, each state is tried once."""
    dead: Set[Tuple[int, bool, bool, int]] = set()
    # Tests that one bit decides: (op, truth) -> the bit value that meets "x & m" or breaks "(x & m) == m".
    choices = [(mask, 1 if op == "&" else 0) for op, mask, truth in tests if (op == "&") == truth]
    forced = {True: 0, False: 0}
    for op, mask, truth in tests:
        if (op == "&") != truth:
            forced[op == "&="] |= mask
    everything = (1 << len(choices)) - 1

    def walk(bit: int, above_low: bool, below_high: bool, met: int, value: int) -> Optional[int]:
        if bit < 0:
            return value if met == everything else None
        state = (bit, above_low, below_high, met)
        if state in dead:
            return None
        flag = 1 << bit
        for digit in (0, 1):
            if digit and forced[False] & flag or not digit and forced[True] & flag:
                continue
            if not above_low and digit < (low >> bit & 1) or not below_high and digit > (high >> bit & 1):
                continue
            now = met
            for index, (mask, wanted) in enumerate(choices):
                if mask & flag and digit == wanted:
                    now |= 1 << index
            found = walk(
                bit - 1,
                above_low or digit > (low >> bit & 1),
                below_high or digit < (high >> bit & 1),
                now,
                value | flag * digit,
            )
            if found is not None:
                return found
        dead.add(state)
        return None

    return walk(31, False, False, 0, 0)


def witness(box: Box, uid_min: int) -> Optional[Dict[str, Value]]:
    """Values for every dimension that the box constrains and the usual identities, or None: no such event.

    ``exit`` is signed; None there means that the call does not return.
    """
    values: Dict[str, Value] = {}
    for who in identities(uid_min):
        found = _identity_values(box, who, uid_min)
        if found is not None and (found.get("auid", who.auid), found.get("uid", who.uid)) == (who.auid, who.uid):
            break
    else:
        for who in identities(uid_min):
            found = _identity_values(box, who, uid_min)
            if found is not None:
                break
    if found is None:
        return None
    values["auid"] = found.get("auid", who.auid)
    values["uid"] = found.get("uid", who.uid)
    values["euid"] = found.get("euid", values["uid"])
    values.update(found)
    bits: Dict[str, List[Tuple[str, int, bool]]] = {}
    for dim, domain in box.dims.items():
        if isinstance(dim, tuple):
            if dim[0] == "bits":
                bits.setdefault(str(dim[1]), []).append((str(dim[2]), int(dim[3]), bool(domain)))
            elif dim[0] == "test":
                values["{0}{1}{2}".format(*dim[1:])] = "true" if domain else "false"
        elif isinstance(domain, Names):
            values[dim] = _name(dim, domain)
        elif dim == "exit":
            values["exit"] = exit_value(_ranges(box, dim))
        elif dim not in _IDENTITIES:
            values[dim] = _candidates(_ranges(box, dim), _OBJECT_NUMBERS.get(dim, (0, 1, uid_min)))[0]
    for name, tests in bits.items():
        number = _argument(_ranges(box, name), tests)
        if number is None:
            return None
        values[name] = number
    return values


def exit_value(ranges: Ranges) -> Optional[int]:
    """A return value that people meet: success, then -EACCES, -EPERM, -ENOENT."""
    for value in (0, 3, TOP - 12, TOP, TOP - 1):
        if _holds(ranges, value):
            return value - TOP - 1 if _holds(FAILED, value) else value
    low = ranges[0][0]
    if low == NEVER_RETURNS:
        return None
    return low - TOP - 1 if _holds(FAILED, low) else low


def _name(dim: str, domain: Names) -> str:
    if not domain.but:
        return sorted(domain.names)[0]
    for name in _OTHER_NAMES.get(dim, ("other_t", "another_t", "third_t")):
        if name not in domain.names:
            return name
    return "other-than-{0}".format("-".join(sorted(domain.names)))


def is_possible(box: Box, uid_min: int) -> bool:
    """Does the box hold an event? Cheap where no dimension depends on another."""
    if box.dims.get("pid") == ((0, 0),):
        return False  # no task has it
    for dim in box.dims:
        if isinstance(dim, tuple) and dim[0] in ("same", "bits", "member"):
            return witness(box, uid_min) is not None
    return True
