# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write tests/tools/tables/audit_userspace.tsv: which name each auditctl release knows.

Reads the release tags of a clone of https://github.com/linux-audit/audit-userspace
(lib/*_table.h, lib/*tab.h) and keeps facts alone: table, number, name, first
release with it, first release without it again. Numbers that the headers give
by a constant (message types, errno, fields) are asked of libaudit.so.1 through
ctypes, or read from the constants of lib/libaudit.h and lib/audit-records.h.

    python3 tests/tools/read_audit_userspace.py /path/to/audit-userspace

Run it when audit-userspace releases a version; then tests/tools/generate_tables.py.
"""

import argparse
import ctypes
import os
import re
import subprocess
import sys
from typing import Dict, List, NamedTuple, Optional, Tuple

OUTPUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables", "audit_userspace.tsv")
OLDEST = (2, 8)

# Table here -> the header in lib/ that holds it.
TABLES = (
    ("syscall.x86_64", "x86_64_table.h"),
    ("syscall.i386", "i386_table.h"),
    ("syscall.aarch64", "aarch64_table.h"),
    ("syscall.arm", "arm_table.h"),
    ("syscall.ppc64le", "ppc_table.h"),
    ("syscall.s390x", "s390x_table.h"),
    ("syscall.s390", "s390_table.h"),
    ("syscall.uring", "uringop_table.h"),
    ("msgtype", "msg_typetab.h"),
    ("errno", "errtab.h"),
    ("ftype", "ftypetab.h"),
    ("fstype", "fstypetab.h"),
    ("field", "fieldtab.h"),
    ("machine", "machinetab.h"),
    ("list", "flagtab.h"),
    ("perm", "permtab.h"),
)

ENTRY = re.compile(r'_S\(\s*([A-Za-z0-9_]+)\s*,((?:\s*"[^"]*")+)\s*\)')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
DEFINE = re.compile(r"^#define\s+(AUDIT_\w+)\s+(\d+)\b", re.M)
TAG = re.compile(r"^v(\d+)\.(\d+)(?:\.(\d+))?$")

# S_IF* of <sys/stat.h>; AUDIT_FILTER_* and AUDIT_PERM_* of include/uapi/linux/audit.h. MACH_* are
# libaudit's own and never reach the kernel: they stand for the AUDIT_ARCH_* of the same header
# (lib/lookup_table.c, elftab), 0 where there is none.
CONSTANTS = {
    "S_IFSOCK": 0o140000,
    "S_IFLNK": 0o120000,
    "S_IFREG": 0o100000,
    "S_IFBLK": 0o060000,
    "S_IFDIR": 0o040000,
    "S_IFCHR": 0o020000,
    "S_IFIFO": 0o010000,
    "AUDIT_FILTER_USER": 0,
    "AUDIT_FILTER_TASK": 1,
    "AUDIT_FILTER_EXIT": 4,
    "AUDIT_FILTER_EXCLUDE": 5,
    "AUDIT_FILTER_FS": 6,
    "AUDIT_FILTER_URING_EXIT": 7,
    "AUDIT_PERM_EXEC": 1,
    "AUDIT_PERM_WRITE": 2,
    "AUDIT_PERM_READ": 4,
    "AUDIT_PERM_ATTR": 8,
    "MACH_X86": 0x40000003,
    "MACH_86_64": 0xC000003E,
    "MACH_IA64": 0xC0000032,
    "MACH_PPC64": 0x80000015,
    "MACH_PPC64LE": 0xC0000015,
    "MACH_PPC": 0x14,
    "MACH_S390X": 0x80000016,
    "MACH_S390": 0x16,
    "MACH_ALPHA": 0xC0009026,
    "MACH_ARM": 0x40000028,
    "MACH_AARCH64": 0xC00000B7,
    "MACH_RISCV32": 0x400000F3,
    "MACH_RISCV64": 0xC00000F3,
    "MACH_IO_URING": 0,
}


class Row(NamedTuple):
    """A name of a table, from the release ``since`` until (not with) the release ``until``."""

    table: str
    number: int
    name: str
    since: str
    until: str


def git(repository: str, *arguments: str) -> str:
    """The output of a git command in ``repository``."""
    command = ("git", "-C", repository) + arguments
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.decode()


def releases(repository: str) -> List[Tuple[Tuple[int, ...], str]]:
    """(version, tag) of each release from 2.8 on, oldest first."""
    found = []
    for tag in git(repository, "tag").split():
        match = TAG.match(tag)
        if match:
            version = tuple(int(part) for part in match.groups() if part is not None)
            if version >= OLDEST:
                found.append((version, tag))
    return sorted(found)


class Numbers:
    """The number behind a constant of the headers."""

    def __init__(self, repository: str, tag: str) -> None:
        self.library = ctypes.CDLL("libaudit.so.1")
        self.defines: Dict[str, int] = {}
        for header in ("libaudit.h", "audit-records.h"):
            try:
                text = git(repository, "show", "{0}:lib/{1}".format(tag, header))
            except subprocess.CalledProcessError:
                continue
            self.defines.update((name, int(value)) for name, value in DEFINE.findall(text))

    def of(self, table: str, constant: str, name: str) -> Optional[int]:
        """The number, or None where no source has it."""
        if constant[0].isdigit():
            return int(constant, 0)
        if constant in CONSTANTS:
            return CONSTANTS[constant]
        if table == "errno":
            return self.library.audit_name_to_errno(name.encode()) or None
        if table == "msgtype":
            number = self.library.audit_name_to_msg_type(name.encode())
        elif table == "field":
            number = self.library.audit_name_to_field(name.encode())
        else:
            number = -1
        return number if number >= 0 else self.defines.get(constant)


def read(repository: str) -> List[Row]:
    """Every name of every table with the releases that know it."""
    tags = releases(repository)
    numbers = Numbers(repository, tags[-1][1])
    rows: List[Row] = []
    for table, header in TABLES:
        known: Dict[Tuple[int, str], List[str]] = {}
        order: List[Tuple[int, str]] = []
        for version, tag in tags:
            label = ".".join(str(part) for part in version)
            try:
                text = COMMENT.sub(" ", git(repository, "show", "{0}:lib/{1}".format(tag, header)))
            except subprocess.CalledProcessError:
                text = ""
            present = set()
            for constant, strings in ENTRY.findall(text):
                name = "".join(re.findall(r'"([^"]*)"', strings))
                number = numbers.of(table, constant, name)
                if number is None:
                    raise SystemExit("{0}: no number for {1} ({2})".format(table, constant, name))
                present.add((number, name))
                if (number, name) not in known:
                    known[(number, name)] = ["" if version == OLDEST else label, ""]
                    order.append((number, name))
                elif known[(number, name)][1]:
                    raise SystemExit("{0}: {1} went and came back at {2}".format(table, name, tag))
            for entry in order:
                if entry not in present and not known[entry][1]:
                    known[entry][1] = label
        for entry in sorted(order, key=lambda pair: pair[0]):
            rows.append(Row(table, entry[0], entry[1], known[entry][0], known[entry][1]))
    return rows


def main() -> int:
    """Write the facts; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("repository", help="a clone of audit-userspace with its tags")
    options = parser.parse_args()
    tags = releases(options.repository)
    first, last = tags[0][1], tags[-1][1]
    # REUSE-IgnoreStart
    header = (
        "# SPDX-FileCopyrightText: 2026, the auditops.trail contributors\n"
        "# SPDX-License-Identifier: GPL-3.0-or-later\n"
        "# Which names auditctl knows: read from audit-userspace {0} to {1}, lib/*_table.h and lib/*tab.h,\n"
        "# by read_audit_userspace.py. since: empty where {0} has it; until: empty where {1} has it.\n"
        "# A machine's number is its AUDIT_ARCH_*.\n"
    )
    # REUSE-IgnoreEnd
    with open(OUTPUT, "w", encoding="utf-8") as stream:
        stream.write(header.format(first, last))
        stream.write("# table\tnumber\tname\tsince\tuntil\n")
        for row in read(options.repository):
            stream.write("\t".join((row.table, str(row.number), row.name, row.since, row.until)).rstrip("\t") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
