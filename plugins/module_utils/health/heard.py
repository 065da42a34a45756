# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the log takes what the kernel hands out: one message is sent, and looked for.

A daemon that has suspended itself (disk_full_action = SUSPEND and the like of auditd.conf(5)) still runs, still empties
the kernel's queue, and writes nothing: on a quiet host that looks like a host on which nothing happens.
"""

import binascii
import os
from typing import Callable, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.health import looks

WAIT = 5.0
"""Seconds that a message may take; auditd writes each record as a line as soon as it has it."""
_TURN = 0.2
_MOST = 4 << 20  # bytes that are searched at a time; a log that grows by more is written


class Heard(NamedTuple):
    """What became of a message.

    ``found`` is whether it stands in the log, ``grown`` by how many bytes the log has grown since it was sent, both
    after ``seconds``. ``why`` says why they are not known.
    """

    found: bool
    grown: int
    seconds: float
    why: Optional[str] = None


def unknown(why: str) -> Heard:
    """Where no message was sent."""
    return Heard(False, 0, 0.0, why)


def heard(log: str, say: Callable[[str], None], clock: Callable[[], float], sleep: Callable[[float], None]) -> Heard:
    """Send a message, and wait until it stands in the log, for :data:`WAIT` seconds at most.

    Args:
        log: The path of the log.
        say: Sends a text as a record (rules/kernel_write.py), or raises TrailError.
        clock: Seconds that never go back.
        sleep: Waits.
    """
    token = binascii.hexlify(os.urandom(8)).decode("ascii")
    before = looks.sizes(log, clock)
    if before.files is None:
        return unknown(before.why or "the log cannot be seen")
    began = clock()
    try:
        say("op=health-check id={0} res=success".format(token))
    except TrailError as exc:
        return unknown(str(exc))
    while True:
        found = _stands(log, token.encode("ascii"), before)
        passed = clock() - began
        if found or passed >= WAIT:
            after = looks.sizes(log, clock)
            grown = 0 if after.files is None else looks.written(before, after)[0]
            return Heard(found, grown, passed, after.why)
        sleep(_TURN)


def _stands(log: str, token: bytes, before: looks.Sizes) -> bool:
    """Whether it is in what was added since, also where the log was rotated meanwhile."""
    for path in (log, log + ".1"):
        try:
            with open(path, "rb") as file:
                state = os.fstat(file.fileno())
                file.seek((before.files or {}).get((state.st_dev, state.st_ino), 0))
                if token in file.read(_MOST):
                    return True
        except OSError:  # not there, or not any more: what it held is not found, and that is told
            continue
    return False
