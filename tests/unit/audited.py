# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with a configured audit system, in a folder, for tests of the collectors that build on it."""

import os

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.posture import configuration, forms_storage
from ansible_collections.auditops.trail.tests.unit import roots

AUDITD = "space_left = 75\nadmin_space_left = 50\nlog_file = /var/log/audit/audit.log\n"
MOUNTS = (
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "23 22 8:2 / /var/log/audit rw,nosuid,nodev,noexec - xfs /dev/sda2 rw\n"
)


def make(root, auditd=AUDITD, files=None, version=(3, 0, 9), folders=(), links=None):
    """The folder, and a posture with its parts ``host`` and ``config``."""
    given = {"/etc/passwd": "root:x:0:0::/root:/bin/sh\n", "/proc/self/mountinfo": MOUNTS, "/proc/1/comm": "systemd\n"}
    if auditd is not None:
        given["/etc/audit/auditd.conf"] = auditd
    given.update(files or {})
    if not os.path.isdir(str(root) + "/var/log/audit"):
        folders = ("/var/log/audit",) + tuple(folders)
    roots.make(root, {path: text for path, text in given.items() if text is not None}, links, folders)
    for path in given:
        if given[path] is not None:
            os.chmod(str(root) + path, 0o640)
    posture = {"errors": {}, "host": {"auditctl_version": None if version is None else list(version)}}
    posture["config"] = checked("config", configuration.collect(context(root), posture))
    return posture


def context(root):
    return roots.context(root)


def checked(part, found):
    """What a collector gave, if it has the form of its part."""
    form.check(forms_storage.PARTS[part], found, part, "")
    return found


def owned_by_root(monkeypatch):
    """Whoever runs the tests, their files are root's."""
    real = os.stat

    def stat(path, *arguments, **named):
        found = real(path, *arguments, **named)
        return os.stat_result(tuple(found)[:4] + (0, 0) + tuple(found)[6:10])

    monkeypatch.setattr(os, "stat", stat)
