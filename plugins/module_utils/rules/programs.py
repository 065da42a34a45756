# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs a program: the interpreter of a script, the loader of a dynamic program.

execve opens that too, and so names it beside the program (fs/binfmt_script.c,
load_elf_binary in fs/binfmt_elf.c). What binfmt_misc is told to run is not looked for.
"""

import struct
from typing import BinaryIO, Optional

_SCRIPT_LINE = 256  # BINPRM_BUF_SIZE, include/uapi/linux/binfmts.h
_PT_INTERP = 3
_MOST_HEADERS = 512
_LONGEST_PATH = 4096


def run_by(path: str) -> Optional[str]:
    """The path of what runs a program; empty where nothing else does, None where that cannot be read."""
    try:
        with open(path, "rb") as program:
            start = program.read(_SCRIPT_LINE)
            if start.startswith(b"#!"):
                return _of_script(start)
            return _of_elf(program, start) if start.startswith(b"\x7fELF") else ""
    except (OSError, ValueError, struct.error, OverflowError):
        return None


def _of_script(start: bytes) -> str:
    """The first word of the line, as load_script finds it."""
    words = start[2:].split(b"\n", 1)[0].replace(b"\t", b" ").split(b"\0", 1)[0].split()
    return words[0].decode("utf-8", "surrogateescape") if words else ""


def _of_elf(program: BinaryIO, start: bytes) -> str:
    """The PT_INTERP header of an ELF program (elf(5)); empty for a static one."""
    wide = start[4] == 2
    order = "<" if start[5] == 1 else ">"
    if wide:
        offset = struct.unpack_from(order + "Q", start, 32)[0]
        size, count = struct.unpack_from(order + "HH", start, 54)
    else:
        offset = struct.unpack_from(order + "I", start, 28)[0]
        size, count = struct.unpack_from(order + "HH", start, 42)
    for number in range(min(count, _MOST_HEADERS)):
        program.seek(offset + number * size)
        header = program.read(size)
        if struct.unpack_from(order + "I", header)[0] != _PT_INTERP:
            continue
        if wide:
            where, length = (
                struct.unpack_from(order + "Q", header, 8)[0],
                struct.unpack_from(order + "Q", header, 32)[0],
            )
        else:
            where, length = (
                struct.unpack_from(order + "I", header, 4)[0],
                struct.unpack_from(order + "I", header, 16)[0],
            )
        program.seek(where)
        text = program.read(min(length, _LONGEST_PATH))
        return text.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
    return ""
