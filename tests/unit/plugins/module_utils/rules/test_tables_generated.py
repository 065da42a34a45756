# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The committed tables are what the generator makes, and agree with the libaudit that is installed."""

import ctypes
import importlib.util
import os
import re
import subprocess

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules import names

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 4, "tools")
TABLES = os.path.join(TOOLS, os.pardir, os.pardir, "plugins", "module_utils", "rules", "tables")


def generator():
    pytest.importorskip("system_calls", reason="the PyPI package system-calls is not installed")
    spec = importlib.util.spec_from_file_location("generate_tables", os.path.join(TOOLS, "generate_tables.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_equals_committed():
    made = generator().generate()
    committed = {}
    for name in os.listdir(TABLES):
        if name.endswith(".py") and name != "__init__.py":
            with open(os.path.join(TABLES, name), encoding="utf-8") as stream:
                committed[name] = stream.read()
    assert sorted(made) == sorted(committed)
    for name in made:
        assert made[name] == committed[name], "run tests/tools/generate_tables.py"


def test_every_name_of_a_table_has_one_number():
    for table, entries in generator().audit_names().items():
        if table == "perm":
            continue
        numbers = {}
        for entry in entries:
            assert numbers.setdefault(entry.name, entry.number) == entry.number, (table, entry.name)


@pytest.fixture(scope="module")
def libaudit():
    try:
        library = ctypes.CDLL("libaudit.so.1")
    except OSError:
        pytest.skip("libaudit.so.1 is not installed")
    for function in ("syscall", "msg_type", "errno", "ftype", "fstype", "field"):
        getattr(library, "audit_{0}_to_name".format(function)).restype = ctypes.c_char_p
    return library


@pytest.fixture(scope="module")
def version():
    """The version of the library: of its package where dpkg or rpm tells it."""
    for command in (
        ["dpkg-query", "-W", "-f", "${Version}", "libaudit1"],
        ["rpm", "-q", "--qf", "%{VERSION}", "audit-libs"],
    ):
        try:
            done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError:
            continue
        match = re.search(r"(?:^|:)(\d+)\.(\d+)(?:\.(\d+))?", done.stdout.decode())
        if match:
            return tuple(int(part or 0) for part in match.groups())
    pytest.skip("no package tells the version of libaudit")
    return None


def text(answer):
    return None if answer is None else answer.decode()


@pytest.mark.parametrize("machine", names.MACHINES)
def test_system_calls_are_libaudits(libaudit, version, machine):
    number = libaudit.audit_name_to_machine(machine.encode())
    if number < 0:
        pytest.skip("this libaudit is built without {0}".format(machine))
    for call in range(2048):
        assert names.syscall_name(call, machine, version) == text(libaudit.audit_syscall_to_name(call, number)), call
    for name, expected in names.syscall_names(machine).items():
        answer = libaudit.audit_name_to_syscall(name.encode(), number)
        assert answer == (expected if names.syscall_known(name, machine, version) else -1), name


def test_message_types_are_libaudits(libaudit, version):
    apparmor = range(1500, 1600)
    built_in = text(libaudit.audit_msg_type_to_name(1501)) is not None
    for number in range(1, 3000):
        if built_in or number not in apparmor:
            assert names.msgtype_name(number, version) == text(libaudit.audit_msg_type_to_name(number)), number
    for name, number in names.msgtype_names().items():
        if built_in or number not in apparmor:
            answer = libaudit.audit_name_to_msg_type(name.encode())
            assert (answer if answer > 0 else None) == names.msgtype_number(name, version), name


def test_errno_file_types_file_systems_and_fields_are_libaudits(libaudit, version):
    machine = os.uname().machine
    for number in range(1, 200):
        name = text(libaudit.audit_errno_to_name(number))
        assert names.errno_name(number, machine) == name, number
        if name is not None:
            assert names.errno_number("-" + name, machine) == libaudit.audit_name_to_errno(b"-" + name.encode())
    for number in range(0, 0o200000, 0o1000):
        assert names.ftype_name(number) == text(libaudit.audit_ftype_to_name(number)), oct(number)
    for number in (0x74726163, 0x64626720, 0x27E0EB, 0x63677270, 0xEF53):
        assert names.fstype_name(number, version) == text(libaudit.audit_fstype_to_name(number)), hex(number)
    for number in range(300):
        name = text(libaudit.audit_field_to_name(number))
        if name is None:
            assert names.field_name(number) is None or not names.field_known(names.field_name(number), version)
        else:
            assert (names.field_name(number), names.field_known(name, version)) == (name, True), number


OPTIONAL = ("arm", "armeb", "armv5tejl", "armv7l", "aarch64", "armv8l", "riscv64")
"""Arches that audit's build can leave out."""

PLAIN = ("b64", "b32", "x86_64", "i386", "i486", "i586", "i686", "ppc", "ppc64", "ppc64le", "s390", "s390x")
OTHER = ("c000003e", "C000003E", "mips", "uring", "ia64")


@pytest.mark.parametrize("token", PLAIN + OPTIONAL + OTHER)
def test_arches_are_libaudits(libaudit, version, token):
    machine = os.uname().machine
    if machine not in names.MACHINES:
        pytest.skip("no tables for {0}".format(machine))
    found = libaudit.audit_determine_machine(token.encode())
    libaudit.audit_machine_to_elf.restype = ctypes.c_uint
    value = (libaudit.audit_machine_to_elf(found) or None) if found >= 0 else None
    expected = names.arch_value(token, machine, version)
    if value is None and expected is not None and token in OPTIONAL:
        pytest.skip("this libaudit is built without {0}".format(token))
    assert expected == value
