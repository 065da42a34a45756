# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What journald does to the kernel's auditing when it starts: Audit= of journald.conf(5), since systemd 246.

At each start it sets ``enabled`` of the kernel (src/journal/journald-audit.c): at a boot before auditd runs, and beside
it when an upgrade of systemd restarts journald. Before 246 it always switched auditing on.
"""

import hashlib
import re
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files, packages, systemd_settings
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete

_TRUE, _FALSE = ("1", "yes", "y", "true", "t", "on"), ("0", "no", "n", "false", "f", "off")
_KEEP = "keep"
_DEFAULT = re.compile(r"[#;]\s*Audit\s*=(.*)\Z")
_PROGRAMS = ("/usr/lib/systemd/systemd-journald", "/lib/systemd/systemd-journald")
_NAME = b"Journal.Audit"
"""The setting's name in the table of a journald that knows it (src/journal/journald-gperf.gperf)."""


def collect(looker: Complete) -> Dict[str, Any]:
    """``audit_at_start, audit_setting, audit_file, audit_line``.

    ``audit_at_start`` is ``on``, ``off``, ``keep`` (it leaves the kernel as it is), or None where that is not known: a
    file could not be read, or nothing is written and no file shows the default that journald was built with, or the
    word ``keep`` is written for a journald of which it is not known whether it knows it. The others are the last line
    that counts, None where none does.
    """
    lines = looker.whole(_lines, looker)
    last: Optional[systemd_settings.Setting] = None
    state: Optional[str] = None
    if lines is not None:
        shown = _shown(looker)
        default = state = _meant(shown) if shown is not None else _always(looker)
        for line in lines:
            word = line.value.lower()
            meant = _meant(word)
            if word == _KEEP and shown != _KEEP and state not in ("on", _KEEP):
                # An older one goes by the line before. The word is younger than each that was built to switch off.
                meant = "" if default == "off" else None
            if meant != "":
                last, state = line, meant
    return {
        "audit_at_start": state,
        "audit_setting": last.value if last else None,
        "audit_file": last.file if last else None,
        "audit_line": last.line if last else None,
    }


def _lines(looker: Complete) -> List[systemd_settings.Setting]:
    return [line for name, line in systemd_settings.written(looker, "journald.conf", "Journal") if name == "Audit"]


def _meant(word: str) -> Optional[str]:
    """What a value in lower case does; "" of one that journald does not understand, and leaves aside with a warning.

    An empty one leaves the kernel alone, and from 258 on switches it on.
    """
    if word in _TRUE:
        return "on"
    if word in _FALSE:
        return "off"
    return _KEEP if word in ("", _KEEP) else ""


def _shown(looker: Complete) -> Optional[str]:
    """The default that journald was built with, as the comment of its own file shows it; None where none does.

    Debian and Ubuntu alone have built it to switch off. A comment there that says anything else is believed only of a
    file that is as its package brought it.
    """
    for path in reversed(systemd_settings.mains(looker, "journald.conf")):
        if host_files.is_masked(looker.context, path):
            continue
        for _number, line in looker.lines(path):
            found = _DEFAULT.match(line)
            if found:
                word = found.group(1).strip().lower()
                return word if _meant(word) == "off" or _is_as_installed(looker, path) else None
    return None


def _is_as_installed(looker: Complete, path: str) -> bool:
    """Whether a file in /etc has the digest that dpkg keeps of it; true of other files, and where there is no dpkg."""
    known = host_files.data(looker.context, packages.DPKG_STATUS, [], packages.MOST_BYTES)
    if known is None or not path.startswith("/etc/"):
        return True
    found = re.search(b"^ " + re.escape(path.encode("ascii")) + b" ([0-9a-f]{32})", known, re.M)
    content = looker.data(path)
    if found is None or content is None:
        return False
    try:
        return hashlib.new("md5", content).hexdigest() == found.group(1).decode("ascii")
    except ValueError:  # FIPS mode has no MD5
        return False


def _always(looker: Complete) -> Optional[str]:
    """``on`` for a journald that does not know the setting, else None."""
    program = next((path for path in _PROGRAMS if looker.exists(path)), None)
    data = looker.whole(looker.data, program) if program else None
    return "on" if data is not None and _NAME not in data else None
