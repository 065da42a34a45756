# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host without the audit package, as it will be with it: what every packaging of audit brings.

In check mode nothing is installed, and what would be deployed has to be told
all the same.
"""

import os
from typing import Any, Dict, List, Optional, Sequence, Tuple

Plain = Dict[str, Any]
FOLDERS = ("/etc/audit", "/etc/audit/rules.d", "/etc/audit/plugins.d", "/var/log/audit")
FILES = (
    "/etc/audit/auditd.conf", "/etc/audit/audit.rules", "/sbin/auditctl", "/sbin/auditd", "/sbin/augenrules",
    "/sbin/ausearch", "/sbin/aureport", "/usr/sbin/auditctl", "/usr/sbin/auditd", "/usr/sbin/augenrules",
    "/usr/sbin/ausearch", "/usr/sbin/aureport",
)  # fmt: skip
"""What every packaging of audit brings (the file lists of Debian's auditd and of Fedora's audit and audit-rules)."""
_BASE_CONFIG = b"""\
## First rule - delete all
-D

## Increase the buffers to survive stress events.
## Make this bigger for busy systems
-b 8192

## This determine how long to wait in burst of events
--backlog_wait_time 60000

## Set failure mode to syslog
-f 1

"""
"""rules/10-base-config.rules of audit-userspace 3.0 to 4.1."""
_ALWAYS = ("debian", "ubuntu")
_INTO_EMPTY = ("rhel", "centos", "rocky", "almalinux", "ol")
"""By ID and ID_LIKE of os-release(5): who brings that text as rules.d/audit.rules. Of the second the package puts it
there where the folder is empty."""
_FIRST_INODE = 1 << 62  # of no file: what is not there yet has none


def with_package(paths: Plain) -> Plain:
    """A saved path state (rules/paths.py) in which the files of the package are there.

    Only what is missing is added, and what lies in a folder that is there or is added itself.
    """
    objects = dict(paths.get("objects") or {})
    number = _FIRST_INODE
    for kind, names in (("dir", FOLDERS), ("file", FILES)):
        for name in names:
            parent = objects.get(os.path.dirname(name))
            if (objects.get(name) or {}).get("type", "missing") != "missing" or parent is None:
                continue
            if parent["type"] != "dir":
                continue
            number += 1
            objects[name] = {"type": kind, "device": parent["device"], "inode": number, "links": 1}
    return dict(paths, objects=objects)


def to_look_at() -> List[str]:
    """The paths that :func:`with_package` has to know of."""
    return list(FOLDERS) + list(FILES)


def rules_files(system: Optional[Plain], there: Sequence[str]) -> Tuple[Dict[str, bytes], List[str]]:
    """The rules files that the package brings, by name, and what to say where they are not known.

    Args:
        system: ``os`` of the posture's part system.
        there: The names of the rules files that are there already.
    """
    names = [(system or {}).get("id"), *((system or {}).get("id_like") or ())]
    if any(name in _ALWAYS for name in names):
        return {"audit.rules": _BASE_CONFIG}, []
    if any(name in _INTO_EMPTY for name in names):
        return {} if there else {"audit.rules": _BASE_CONFIG}, []
    unknown = (
        "the rules file that the audit package of this distribution brings (rules.d/audit.rules) is not known here: "
        "whether it sets other values, or holds `-a task,never` as Fedora's, shows when it is installed"
    )
    return {}, [unknown]
