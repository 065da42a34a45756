# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and numbers, against what auditctl was seen to accept and print."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules import names

VERSIONS = ((2, 8, 5), (3, 0, 9), (3, 1, 5), (4, 0, 5), (4, 2, 1))


@pytest.mark.parametrize("machine", names.MACHINES)
def test_each_spelling_leads_to_a_number_that_has_a_name(machine):
    spellings = names.syscall_names(machine)
    assert len(spellings) > 320
    for name, number in spellings.items():
        assert names.syscall_number(name, machine) == number
        assert names.syscall_number(name.upper(), machine) == number
        assert names.syscall_number(names.syscall_name(number, machine), machine) == number


@pytest.mark.parametrize("machine", names.MACHINES + ("uring",))
@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_version_prints_it_also_accepts(machine, version):
    for number in set(names.syscall_names(machine).values()):
        printed = names.syscall_name(number, machine, version)
        if printed is not None:
            assert names.syscall_known(printed, machine, version)
            assert names.syscall_number(printed, machine) == number


@pytest.mark.parametrize(
    "machine, number, printed, also",
    [
        ("x86_64", 17, "pread", "pread64"),
        ("x86_64", 257, "openat", "openat"),
        ("i386", 22, "umount", "umount"),
        ("i386", 52, "umount2", "umount2"),
        ("i386", 18, "oldstat", "oldstat"),
        ("i386", 219, "madvise", "madvise1"),
        ("i386", 283, "sys_kexec_load", "kexec_load"),
        ("aarch64", 80, "newfstat", "fstat"),
        ("aarch64", 61, "getdents", "getdents64"),
        ("arm", 341, "sync_file_range", "sync_file_range2"),
        ("ppc64le", 306, "timerfd", "timerfd_create"),
        ("s390x", 180, "pread", "pread64"),
        ("uring", 18, "openat", "openat"),
    ],
)
def test_auditctls_name_is_printed_and_the_kernels_understood(machine, number, printed, also):
    assert names.syscall_name(number, machine) == printed
    assert names.syscall_number(printed, machine) == number
    assert names.syscall_number(also, machine) == number


def test_a_name_that_only_the_kernel_uses_is_known_to_no_auditctl():
    assert not any(names.syscall_known("pread64", "x86_64", version) for version in VERSIONS)
    assert not names.syscall_known("pread64", "x86_64")
    assert names.syscall_known("pread", "x86_64", (2, 8, 5))


@pytest.mark.parametrize(
    "name, machine, unknown, known",
    [
        ("cachestat", "x86_64", (3, 1, 1), (3, 1, 2)),
        ("fchmodat2", "x86_64", (3, 1, 5), (4, 0)),
        ("mseal", "x86_64", (4, 0, 1), (4, 0, 2)),
        ("setxattrat", "x86_64", (4, 0, 3), (4, 0, 5)),
        ("open_tree_attr", "i386", (4, 0, 3), (4, 0, 4)),
        ("file_setattr", "aarch64", (4, 1, 0), (4, 1, 1)),
        ("openat2", "s390x", (3, 0), (3, 0, 1)),
        ("clone3", "x86_64", (2, 8, 5), (3, 0, 0)),
        ("pselect6", "arm", (4, 0, 2), (4, 0, 3)),
        ("shmat", "s390x", (4, 0, 2), (4, 0, 3)),
        ("clock_settime64", "ppc64le", (3, 0, 1), (3, 0, 2)),
    ],
)
def test_a_system_call_is_known_from_its_first_release_on(name, machine, unknown, known):
    assert not names.syscall_known(name, machine, unknown)
    assert names.syscall_known(name, machine, known)
    assert names.syscall_known(name, machine, (4, 2, 1))


def test_a_name_that_was_dropped_is_known_before_only():
    assert names.syscall_known("timerfd", "x86_64", (2, 8, 5))
    assert not names.syscall_known("timerfd", "x86_64", (3, 0))
    assert names.syscall_name(283, "x86_64", (2, 8, 5)) == "timerfd"
    assert names.syscall_name(283, "x86_64", (3, 0)) == "timerfd_create"
    assert names.syscall_name(283, "x86_64") == "timerfd_create"


def test_a_number_that_a_version_cannot_name_has_no_printed_name():
    assert names.syscall_name(452, "x86_64", (3, 1, 5)) is None
    assert names.syscall_name(452, "x86_64", (4, 0, 0)) == "fchmodat2"
    assert names.syscall_name(999, "x86_64") is None


def test_a_machine_without_a_table_has_no_names():
    assert names.syscall_names("riscv64") == {}
    assert names.syscall_number("openat", "riscv64") is None


@pytest.mark.parametrize(
    "token, machine, version, value",
    [
        ("b64", "x86_64", (3, 0, 9), 0xC000003E),
        ("B64", "aarch64", (3, 0, 9), 0xC00000B7),
        ("b64", "ppc64le", (3, 0, 9), 0xC0000015),
        ("b64", "s390x", (3, 0, 9), 0x80000016),
        ("b64", "i386", (3, 0, 9), None),
        ("b64", "arm", (3, 0, 9), None),
        ("b32", "x86_64", (3, 0, 9), 0x40000003),
        ("b32", "i386", (3, 0, 9), 0x40000003),
        ("b32", "aarch64", (3, 0, 9), 0x40000028),
        ("b32", "arm", (3, 0, 9), 0x40000028),
        ("b32", "s390x", (3, 0, 9), 0x16),
        ("b32", "ppc64le", (3, 0, 9), None),
        ("i686", "x86_64", (3, 0, 9), 0x40000003),
        ("X86_64", "i386", (3, 0, 9), 0xC000003E),
        ("armv7l", "x86_64", (3, 0, 9), 0x40000028),
        ("armv8l", "x86_64", (3, 0, 5), None),
        ("armv8l", "x86_64", (3, 0, 6), 0xC00000B7),
        ("ia64", "x86_64", (2, 8, 5), 0xC0000032),
        ("ia64", "x86_64", (3, 0), None),
        ("riscv64", "x86_64", (4, 0, 2), None),
        ("riscv64", "x86_64", (4, 0, 3), 0xC00000F3),
        ("c000003e", "x86_64", (3, 0, 9), 0xC000003E),
        ("C000003E", "x86_64", (3, 0, 9), 0xC000003E),
        ("0xc000003e", "x86_64", (3, 0, 9), 0xC000003E),
        ("3221225534", "x86_64", (3, 0, 9), 0xC000003E),
        # A first digit makes it a C number: 40000003 is decimal and no arch.
        ("40000003", "x86_64", (3, 0, 9), None),
        ("0x40000003", "x86_64", (3, 0, 9), 0x40000003),
        ("0xc00000f3", "x86_64", (3, 0, 9), None),
        ("uring", "x86_64", (4, 0, 5), None),
        ("mips", "x86_64", (4, 2, 1), None),
        ("", "x86_64", (4, 2, 1), None),
    ],
)
def test_arch_is_resolved_as_libaudit_does_it(token, machine, version, value):
    assert names.arch_value(token, machine, version) == value


@pytest.mark.parametrize("machine", names.MACHINES)
def test_arch_and_machine_lead_to_each_other(machine):
    value = names.arch_of(machine)
    assert names.machine_of_arch(value) == machine
    assert names.arch_value(machine, "x86_64", (4, 2, 1)) == value
    assert names.arch_value("{0:#x}".format(value), "x86_64", (4, 2, 1)) == value


def test_bits_and_compat_machines():
    assert names.arch_bits(0xC000003E) == 64
    assert names.arch_bits(0x40000003) == 32
    assert names.machine_of_arch(0x14) == "ppc"
    assert names.machine_of_arch(1) is None
    found = {machine: names.compat_machine(machine) for machine in names.MACHINES}
    assert found == {
        "x86_64": "i386",
        "aarch64": "arm",
        "s390x": "s390",
        "i386": None,
        "arm": None,
        "ppc64le": None,
        "s390": None,
    }


def test_errno_by_name_and_number():
    assert names.errno_number("EACCES") == 13
    assert names.errno_number("-EACCES") == -13
    assert names.errno_number("eacces") == 13
    assert names.errno_number("EHWPOISON") == 133
    assert names.errno_number("ENOTHING") is None
    assert names.errno_name(-13) == "EACCES"
    assert names.errno_name(11) == "EAGAIN"
    assert names.errno_number("EWOULDBLOCK") == 11
    assert names.errno_name(4095) is None
    assert names.errno_number("EDEADLOCK", "x86_64") == 35
    assert names.errno_number("EDEADLOCK", "ppc64le") == 58


def test_message_types_and_their_gates():
    assert names.msgtype_number("CWD", (2, 8, 5)) == 1307
    assert names.msgtype_number("cwd") == 1307
    assert names.msgtype_name(1307) == "CWD"
    assert names.msgtype_number("URINGOP", (3, 0, 6)) is None
    assert names.msgtype_number("URINGOP", (3, 0, 7)) == 1336
    assert names.msgtype_number("DM_EVENT", (3, 0, 9)) is None
    assert names.msgtype_name(1339, (3, 1)) == "DM_EVENT"
    assert names.msgtype_number("UNKNOWN[1999]") == 1999
    assert names.msgtype_number("UNKNOWN[]") is None
    assert names.msgtype_number("NO_SUCH") is None
    assert names.msgtype_name(9999) is None


def test_file_types_and_file_systems():
    assert names.ftype_number("file") == 0o100000
    assert names.ftype_name(0o040000) == "dir"
    assert names.ftype_number("32768") is None
    assert names.fstype_number("tracefs", (2, 8, 5)) == 0x74726163
    assert names.fstype_name(0x64626720) == "debugfs"
    assert names.fstype_number("cgroup2", (4, 1, 4)) is None
    assert names.fstype_number("cgroup2", (4, 2)) == 0x63677270
    assert names.fstype_number("ext4") is None


def test_fields_and_lists_and_their_gates():
    assert names.field_known("saddr_fam", (3, 0)) and not names.field_known("saddr_fam", (2, 8, 5))
    assert names.field_known("loginuid", (2, 8, 5)) and names.field_name(9) == "auid"
    assert names.field_number("arch") == 11
    assert not any(names.field_known(name, (4, 2, 1)) for name in ("ses", "loginuid_set", "cwd"))
    assert names.list_known("filesystem", (2, 8)) and names.list_known("io_uring", (3, 1))
    assert not names.list_known("io_uring", (3, 0, 9)) and not names.list_known("entry", (2, 8))
    assert names.list_number("exit") == 4


def test_io_uring_operations_by_version():
    assert names.syscall_known("send_zc", "uring", (3, 1, 5))
    assert not names.syscall_known("send_zc", "uring", (4, 0))
    assert names.syscall_known("bind", "uring", (4, 0, 4)) and not names.syscall_known("bind", "uring", (4, 0, 3))


def test_numbers_beyond_the_mask_are_left_out():
    assert 983041 in names.syscall_names("arm").values()
    assert max(names.known_numbers("arm")) < 2048
