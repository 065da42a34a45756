# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import struct
import sys

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.programs import run_by


def elf(interpreter, wide=True, order="<"):
    """An ELF file of two program headers, the second of which names the interpreter."""
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2]) + bytes(10)
    size, start = (56, 64) if wide else (32, 52)
    where = start + 2 * size
    if wide:
        head = struct.pack(order + "HHIQQQIHHHHHH", 2, 62, 1, 0, start, 0, 0, 64, size, 2, 0, 0, 0)
        headers = [struct.pack(order + "IIQQQQQQ", kind, 0, where, 0, 0, len(interpreter) + 1, 0, 0) for kind in (1, 3)]
    else:
        head = struct.pack(order + "HHIIIIIHHHHHH", 2, 3, 1, 0, start, 0, 0, 52, size, 2, 0, 0, 0)
        headers = [struct.pack(order + "IIIIIIII", kind, where, 0, 0, len(interpreter) + 1, 0, 0, 0) for kind in (1, 3)]
    return ident + head + b"".join(headers) + interpreter.encode() + b"\0"


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"#!/bin/sh\necho\n", "/bin/sh"),
        (b"#! \t/usr/bin/env  python3 -u\n", "/usr/bin/env"),
        (b"#!/bin/sh", "/bin/sh"),
        (b"#!\n", ""),
        (b"no program\n", ""),
        (b"", ""),
        (elf("/lib64/ld-linux-x86-64.so.2"), "/lib64/ld-linux-x86-64.so.2"),
        (elf("/lib/ld-linux.so.2", wide=False), "/lib/ld-linux.so.2"),
        (elf("/lib/ld64.so.1", order=">"), "/lib/ld64.so.1"),
        (b"\x7fELF\x02\x01", None),  # cut off
    ],
)
def test_what_runs_a_program(tmp_path, content, expected):
    program = tmp_path / "program"
    program.write_bytes(content)
    assert run_by(str(program)) == expected


def test_what_cannot_be_read_is_not_known(tmp_path):
    assert run_by(str(tmp_path / "none")) is None
    assert run_by(str(tmp_path)) is None


def test_the_evidence_holds_the_whole_chain(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!{0}\n".format(os.path.realpath(sys.executable)))
    script.chmod(0o755)
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    state = PathState.of_host()
    state.collect([str(script), str(plain)])
    objects = state.to_dict()["objects"]
    interpreter = objects[os.path.realpath(str(script))]["runs"]
    assert objects[interpreter]["runs"] == run_by(interpreter)
    assert objects[os.path.realpath(str(plain))]["runs"] == ""  # nobody may execute it
    again = PathState.from_dict(state.to_dict())
    assert again.to_dict()["objects"] == objects
