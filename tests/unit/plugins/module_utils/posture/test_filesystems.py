# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filesystem that the log lies on, and whether others fill it."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import filesystems
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.tests.unit import roots

ROOT = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
LOG = "/var/log/audit"
POOL = "22 1 0:30 / / rw - zfs rpool/ROOT rw\n"
BTRFS = "22 1 0:30 /@/.snapshots/1/snapshot / rw - btrfs /dev/sda2 rw\n"


@pytest.mark.parametrize(
    ("mounts", "separate"),
    [
        (ROOT, False),
        (ROOT + "23 22 253:3 / /var/log rw - xfs /dev/mapper/vg-log rw\n", False),
        (ROOT + "23 22 253:3 / /var/log/audit rw - xfs /dev/mapper/vg-audit rw\n", True),
        # A bind mount: of the root filesystem, of /var's, of a disk's that nothing else shows.
        (ROOT + "23 22 8:1 /var/log/audit /var/log/audit rw - ext4 /dev/sda1 rw\n", False),
        (ROOT + "23 22 8:2 / /var rw - ext4 a rw\n24 23 8:2 /log/audit /var/log/audit rw - ext4 a rw\n", False),
        (ROOT + "23 22 8:2 /audit /var/log/audit rw - ext4 a rw\n", True),
        # Seen a second time, as a whole or in part, it is no more than the log's.
        (ROOT + "23 22 8:2 / /var/log/audit rw - ext4 a rw\n24 22 8:2 / /mnt rw - ext4 a rw\n", True),
        (ROOT + "23 22 8:2 /a /var/log/audit rw - ext4 a rw\n24 22 8:2 /a/b /mnt rw - ext4 a rw\n", True),
        (ROOT + "23 22 8:2 /a /var/log/audit rw - ext4 a rw\n24 22 8:2 /ab /mnt rw - ext4 a rw\n", False),
        # Subvolumes share the space of their filesystem.
        (BTRFS + "23 22 0:30 /@/var/log/audit /var/log/audit rw - btrfs /dev/sda2 rw\n", False),
        (ROOT + "23 22 0:31 /@audit /var/log/audit rw - btrfs /dev/sdb rw\n", True),
        (POOL + "23 22 0:31 / /var/log/audit rw - zfs rpool/audit rw\n", None),
        (ROOT + "23 22 0:50 / /var/log/audit rw - nfs4 nas:/audit rw\n", True),
    ],
)
def test_a_filesystem_is_separate_where_nobody_else_fills_it(tmp_path, mounts, separate):
    roots.make(tmp_path, {"/proc/self/mountinfo": mounts}, {}, [LOG])
    found = filesystems.of(Seen(roots.context(tmp_path)), LOG)
    assert found["separate"] is separate


def test_a_mount_above_is_told_with_its_name(tmp_path):
    line = "23 22 8:2 / /var/log\\040s rw,nodev - ext4 /dev/sdb rw\n"
    roots.make(tmp_path, {"/proc/self/mountinfo": ROOT + line}, {}, ["/var/log s/audit"])
    found = filesystems.of(Seen(roots.context(tmp_path)), "/var/log s/audit")
    assert (found["mount"], found["fstype"], found["options"]) == ("/var/log s", "ext4", ["rw", "nodev"])
    assert found["separate"] is False
