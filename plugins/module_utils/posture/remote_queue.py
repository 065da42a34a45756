# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audisp-remote's queue on disk, and the state that it writes when it is asked.

The queue is a ring in a file that keeps its size; what waits is told by its
header (audisp/plugins/remote/queue.c, big-endian).
"""

import os
import re
import stat
import struct
from typing import Any, Dict, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete

Plain = Dict[str, Any]
STATE = "/run/audit/remote.state"
_HEADER = struct.Struct(">14sBBIIII")  # magic, version, reserved, entries, size of one, head, length
_MAGIC = b"\0audisp-remote"


def queue(looker: Complete, path: str) -> Optional[Plain]:
    """``file, depth, length, entry_size``; None where there is no queue, or where its header is not one."""
    try:
        # A pipe in the place of a file would hold an ordinary open for ever.
        handle = os.open(looker.context.path(path), os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                looker.miss(path, "not a file")
                return None
            head = file.read(_HEADER.size)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        looker.miss(path, exc)
        return None
    if len(head) < _HEADER.size or not head.startswith(_MAGIC):
        looker.miss(path, "not a queue of audisp-remote")
        return None
    _magic, version, _reserved, depth, entry_size, _at, length = _HEADER.unpack(head)
    if version != 0 or length > depth:
        looker.miss(path, "a queue whose header is not understood")
        return None
    return {"file": path, "depth": depth, "length": length, "entry_size": entry_size}


def state(looker: Complete) -> Optional[Plain]:
    """What audisp-remote wrote last on SIGUSR1 (from 4.1.2 on), by name, with ``at``; None where it wrote nothing."""
    text = looker.text(STATE)
    if text is None:
        return None
    entry = looker.entry(STATE)
    found: Plain = {"at": None if entry is None else entry["modified"]}
    for line in text.splitlines():
        name, sign, value = (part.strip() for part in line.partition("="))
        if sign and re.match(r"\w+\Z", name):
            found[name] = {"yes": True, "no": False}.get(
                value, int(value) if re.match(r"[0-9]{1,18}\Z", value) else value
            )
    return found
