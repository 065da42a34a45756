# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""perm=: auditctl's expansion against its listings, the kernel's classes against a kernel's answers."""

import json
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules import names, permissions
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import (
    PERM_ALL,
    PERM_ATTR,
    PERM_EXEC,
    PERM_LETTERS,
    PERM_READ,
    PERM_WRITE,
)

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
MACHINE = {"b64": "x86_64", "b32": "i386"}


def golden(name):
    with open(os.path.join(GOLDEN, name), encoding="utf-8") as stream:
        return json.load(stream)


def bits(letters):
    return sum(bit for letter, bit in PERM_LETTERS if letter in letters)


@pytest.mark.parametrize(
    "row", golden("perm_expansion.json"), ids=lambda row: "-".join((row["version"], row["arch"], row["perm"]))
)
def test_expansion_is_what_auditctl_listed(row):
    machine = MACHINE[row["arch"]]
    version = tuple(int(part) for part in row["version"].split("."))
    found = permissions.perm_expansion(bits(row["perm"]), machine, version)
    if row["syscalls"] is None:
        assert found is None
    else:
        assert [names.syscall_name(number, machine, version) for number in sorted(found)] == row["syscalls"]
        assert permissions.perm_refused(bits(row["perm"]), machine, version) is None


def test_expansion_begins_with_3_1_3_and_changes_with_the_release():
    def listed(version, perm=PERM_ALL):
        found = permissions.perm_expansion(perm, "x86_64", version)
        return None if found is None else {names.syscall_name(number, "x86_64") for number in found}

    assert listed((3, 1, 2)) is None and listed((2, 8, 5)) is None
    assert listed((3, 1, 3)) == listed((4, 0)) == listed((4, 0, 3))
    assert listed((4, 0, 4)) - listed((4, 0, 3)) == {"setxattrat", "getxattrat", "listxattrat", "removexattrat"}
    assert listed((4, 1, 2)) - listed((4, 1, 1)) == {"fchmodat2", "file_getattr", "file_setattr", "quotactl_fd"}
    assert listed((4, 2)) - listed((4, 1, 4)) == {"execveat", "stat", "lstat", "fstat", "newfstatat", "statx"}
    assert listed((4, 1, 4), PERM_EXEC) == {"execve"}
    assert listed((4, 2), PERM_EXEC) == {"execve", "execveat"}


@pytest.mark.parametrize("perm, name", [(PERM_READ, "readlink"), (PERM_WRITE, "rename"), (PERM_ATTR, "chmod")])
def test_until_4_0_3_an_arch_without_a_call_of_the_list_is_refused(perm, name):
    assert permissions.perm_refused(perm, "aarch64", (4, 0, 3)) == name
    assert permissions.perm_refused(perm, "aarch64", (4, 0, 4)) is None
    assert permissions.perm_refused(perm, "aarch64", (3, 1, 2)) is None
    assert permissions.perm_refused(PERM_EXEC, "aarch64", (4, 0, 3)) is None
    assert permissions.perm_refused(PERM_ALL, "x86_64", (4, 0, 3)) is None


@pytest.mark.parametrize("key, listed", sorted(golden("perm_classes_6.18.44.json").items()))
def test_classes_are_what_kernel_6_18_44_matched(key, listed):
    """Each call of the machine was made with every argument -1 under one perm rule (execve by its own path)."""
    machine, letter = key.split()
    kernel = (6, 18, 44)
    expected = set(permissions.perm_class(letter, machine, kernel))
    if letter == "x":
        expected |= permissions.exec_calls(machine)
    if letter in "rw":
        # Flags of -1 are read and write to open and openat; openat2's cannot be read from there, which counts as 0.
        expected |= {n for n, index in permissions.open_calls(machine, kernel).items() if index >= 0 or letter == "r"}
    assert {names.syscall_number(name, machine) for name in listed} == expected


def test_a_release_without_its_stable_number_leaves_backports_in_doubt():
    numbers = {name: names.syscall_number(name, "x86_64") for name in ("fchmodat2", "getxattrat", "setxattrat")}
    assert permissions.perm_class_doubtful("x86_64", (6, 18)) == {numbers["fchmodat2"], numbers["getxattrat"], 465}
    assert permissions.perm_class_doubtful("x86_64", (6, 18, 44)) == frozenset()
    assert numbers["fchmodat2"] in permissions.perm_class_doubtful("x86_64", (6, 18, 3))
    assert numbers["fchmodat2"] not in permissions.perm_class_doubtful("x86_64", (6, 5))
    assert permissions.perm_class_doubtful("x86_64", (6, 18), "r") == {numbers["getxattrat"], 465}
    assert numbers["setxattrat"] in permissions.perm_class("a", "x86_64", (6, 13))
    assert numbers["setxattrat"] not in permissions.perm_class("a", "x86_64", (6, 12))
    assert numbers["fchmodat2"] in permissions.perm_class("a", "x86_64", (7, 0))
    assert permissions.perm_class_doubtful("x86_64", (6, 1, 0)) == frozenset()


@pytest.mark.parametrize("machine", names.MACHINES)
@pytest.mark.parametrize("kernel", [(3, 10), (4, 18), (5, 14), (6, 1), (6, 18), (7, 2)])
def test_nothing_is_both_certain_and_in_doubt(machine, kernel):
    for letter in "rwa":
        certain = permissions.perm_class(letter, machine, kernel)
        assert certain
        assert not certain & permissions.perm_class_doubtful(machine, kernel, letter)
        assert not certain & set(permissions.open_calls(machine))
    assert permissions.perm_class("x", machine, kernel) == frozenset()


def test_calls_that_an_arch_lacks_are_in_no_class():
    truncate64 = names.syscall_number("truncate64", "ppc64le")
    assert truncate64 is not None and truncate64 not in permissions.perm_class("w", "ppc64le", (6, 1))
    assert names.syscall_number("truncate64", "i386") in permissions.perm_class("w", "i386", (6, 1))
    assert names.syscall_number("rename", "aarch64") is None


def test_calls_judged_by_their_flags():
    assert permissions.open_calls("x86_64") == {2: 1, 257: 2, 437: -1}
    assert permissions.open_calls("aarch64") == {56: 2, 437: -1}
    assert permissions.open_calls("x86_64", (5, 15)) == {2: 1, 257: 2}
    assert permissions.open_calls("x86_64", (5, 16)) == {2: 1, 257: 2, 437: -1}
    assert permissions.perm_class_doubtful("x86_64", (5, 14)) == {437}


def test_exec_and_socketcall():
    assert permissions.exec_calls("x86_64") == {59, 322}
    assert permissions.exec_calls("i386") == {11, 358}
    assert permissions.exec_calls("aarch64") == {221, 281}
    assert permissions.exec_calls("s390x") == {11}
    assert permissions.exec_calls("arm") == {11}
    found = {machine: permissions.socketcall(machine) for machine in names.MACHINES}
    assert found["i386"] == found["ppc64le"] == found["s390x"] == found["s390"] == 102
    assert found["x86_64"] is found["aarch64"] is found["arm"] is None


def test_names_offers_the_same_functions():
    assert names.perm_class is permissions.perm_class
    assert names.perm_expansion is permissions.perm_expansion
