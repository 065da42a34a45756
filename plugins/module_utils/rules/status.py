# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's audit status, and the text in which auditctl shows it.

``auditctl -s`` prints a line a value (``audit_print_reply`` of
src/auditctl-listing.c, 2.8 to 4.2); with ``-i`` two of the values are words.
Releases before that printed one line, ``AUDIT_STATUS: enabled=1 flag=1 …``,
which saved evidence may still contain.
"""

import re
from typing import Dict, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown

_WORDS = {
    "enabled": {"disable": 0, "enabled": 1, "enabled+immutable": 2},
    "failure": {"silent": 0, "printk": 1, "panic": 2},
}
_OLD = "AUDIT_STATUS:"
_OLD_NAMES = {"flag": "failure"}
_LOGINUID = re.compile(r"([01])(?: (locked|unlocked))?\Z")
_LEAST = ("enabled", "failure", "pid", "backlog_limit", "lost")
_REMEDY = "save the output of 'auditctl -s', taken as root, as it is."


class Status(NamedTuple):
    """What ``auditctl -s`` shows; None for a value that it did not print.

    ``enabled`` is 0 (off), 1 (on) or 2 (on and locked until the next boot);
    ``failure`` 0 (silent), 1 (printk) or 2 (panic). ``pid`` is whoever holds
    the audit socket, 0 for nobody. ``rate_limit`` is in records a second, 0
    for no limit; ``backlog_limit`` and ``backlog`` in records; ``lost`` in
    records since boot or the last reset. ``backlog_wait_time`` and
    ``backlog_wait_time_actual`` are in jiffies. ``loginuid_immutable`` and
    ``loginuid_locked`` are 0 or 1.
    """

    enabled: Optional[int] = None
    failure: Optional[int] = None
    pid: Optional[int] = None
    rate_limit: Optional[int] = None
    backlog_limit: Optional[int] = None
    lost: Optional[int] = None
    backlog: Optional[int] = None
    backlog_wait_time: Optional[int] = None
    backlog_wait_time_actual: Optional[int] = None
    loginuid_immutable: Optional[int] = None
    loginuid_locked: Optional[int] = None


def parse_status(text: str, file: str = "auditctl -s") -> Status:
    """The status in the output of ``auditctl -s``, with or without ``-i``.

    Args:
        text: The whole output, of any auditctl from 2.8 to 4.2, or the one
            line that older ones printed.
        file: What to call the text in an error.

    Raises:
        EvidenceError: A line that no auditctl prints, a value twice, or a
            text without the values that every auditctl prints.
    """
    values: Dict[str, int] = {}
    for number, written in enumerate(text.splitlines(), 1):
        line = written.strip()
        if not line:
            continue
        if line.startswith(_OLD):
            pairs = [word.partition("=")[::2] for word in line[len(_OLD) :].split()]
            pairs = [(_OLD_NAMES.get(name, name), value) for name, value in pairs]
        else:
            pairs = [line.partition(" ")[::2]]
        for name, value in pairs:
            _take(values, name, value.strip(), file, number)
    missing = [name for name in _LEAST if name not in values]
    if missing:
        raise EvidenceError(
            "this is not the output of auditctl -s: it has no {0}".format(", ".join(missing)), file, remedy=_REMEDY
        )
    return Status(**values)


def _take(values: Dict[str, int], name: str, value: str, file: str, number: int) -> None:
    if name not in Status._fields or name == "loginuid_locked":
        raise EvidenceError("auditctl -s has no line `{0}`".format(shown(name)), file, number, _REMEDY)
    if name in values:
        raise EvidenceError("{0} is there twice".format(name), file, number, "keep one of the two outputs.")
    if name == "loginuid_immutable":
        match = _LOGINUID.match(value)
        if match:
            values[name] = int(match.group(1))
            if match.group(2):
                values["loginuid_locked"] = int(match.group(2) == "locked")
            return
    elif value in _WORDS.get(name, {}):
        values[name] = _WORDS[name][value]
        return
    elif re.match(r"[0-9]+\Z", value):
        values[name] = int(value)
        return
    raise EvidenceError("{0} cannot be `{1}`".format(name, shown(value)), file, number, _REMEDY)
