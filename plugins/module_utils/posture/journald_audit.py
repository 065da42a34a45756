# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What journald does to the kernel's auditing when it starts: Audit= of journald.conf(5), since systemd 246.

At each start it sets ``enabled`` of the kernel (src/journal/journald-audit.c): at a boot before auditd runs, and beside it
when an upgrade of systemd restarts journald. Before 246 it always switched auditing on.
"""

import re
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import systemd_settings
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete

_TRUE, _FALSE = ("1", "yes", "y", "true", "t", "on"), ("0", "no", "n", "false", "f", "off")
_KEEP = "keep"
_DEFAULT = re.compile(r"[#;]\s*Audit\s*=(.*)\Z")
_PROGRAMS = ("/usr/lib/systemd/systemd-journald", "/lib/systemd/systemd-journald")
_NAME = b"Journal.Audit"
"""The setting's name in the table of a journald that knows it (src/journal/journald-gperf.gperf)."""


def collect(looker: Complete) -> Dict[str, Any]:
    """``audit_at_start, audit_setting, audit_file, audit_line``.

    ``audit_at_start`` is ``on``, ``off``, ``keep`` (it leaves the kernel as it is), or None where that is not known:
    nothing is written, and journald's own file does not show the default that it was built with. The others are the
    last line that counts, None where none does.
    """
    lines = looker.whole(_lines, looker)
    last: Optional[systemd_settings.Setting] = None
    state: Optional[str] = None
    if lines is not None:
        default = state = _built(looker)
        for line in lines:
            meant = _meant(line.value, default)
            if meant != "":  # what it does not understand it leaves aside, with a warning
                last, state = line, meant
    return {
        "audit_at_start": state,
        "audit_setting": last.value if last else None,
        "audit_file": last.file if last else None,
        "audit_line": last.line if last else None,
    }


def _lines(looker: Complete) -> List[systemd_settings.Setting]:
    return [line for name, line in systemd_settings.written(looker, "journald.conf", "Journal") if name == "audit"]


def _meant(value: str, default: Optional[str]) -> Optional[str]:
    """What a written value does; "" of one that journald does not understand, None where that is not known.

    An empty one leaves the kernel alone, and from 258 on switches it on. The word ``keep`` is younger than every
    journald that was built to switch it off.
    """
    value = value.lower()
    if value in _TRUE:
        return "on"
    if value in _FALSE:
        return "off"
    if not value:
        return _KEEP
    if value == _KEEP:
        return {"off": "", None: None}.get(default, _KEEP)
    return ""


def _built(looker: Complete) -> Optional[str]:
    """The default that journald was built with, which the comment of its own file shows."""
    mains = systemd_settings.mains(looker, "journald.conf")
    for _number, line in [line for path in reversed(mains) for line in looker.lines(path)]:
        found = _DEFAULT.match(line)
        if found:
            return _meant(found.group(1).strip(), _KEEP) or None
    program = next((path for path in _PROGRAMS if looker.exists(path)), None)
    data = looker.whole(looker.data, program) if program else None
    return "on" if data is not None and _NAME not in data else None
