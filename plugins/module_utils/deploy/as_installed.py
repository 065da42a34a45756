# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host without the audit package, as it will be with it: what every packaging of audit brings.

In check mode nothing is installed, and what would be deployed has to be told
all the same.
"""

import os
from typing import Any, Dict, List

Plain = Dict[str, Any]
FOLDERS = ("/etc/audit", "/etc/audit/rules.d", "/etc/audit/plugins.d", "/var/log/audit")
FILES = (
    "/etc/audit/auditd.conf", "/etc/audit/audit.rules", "/sbin/auditctl", "/sbin/auditd", "/sbin/augenrules",
    "/sbin/ausearch", "/sbin/aureport", "/usr/sbin/auditctl", "/usr/sbin/auditd", "/usr/sbin/augenrules",
    "/usr/sbin/ausearch", "/usr/sbin/aureport",
)  # fmt: skip
"""What every packaging of audit brings (the file lists of Debian's auditd and of Fedora's audit and audit-rules)."""
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
