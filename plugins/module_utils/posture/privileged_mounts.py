# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mounts can hold a command that gives privileges, and from which point of the tree each is searched.

The kernel ignores set-user-ID, set-group-ID and file capabilities on a mount
with ``nosuid`` (mnt_may_suid, fs/namespace.c), and starts nothing from one with
``noexec`` (path_noexec, fs/exec.c). Both are options of the mount, so one
filesystem can be searched by one of its mounts and not by another.
"""

from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import is_below, parse_mount

PSEUDO = frozenset(
    "autofs binder binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devpts efivarfs fusectl hugetlbfs mqueue "
    "nfsd nsfs pipefs proc pstore resctrl rpc_pipefs securityfs selinuxfs smackfs sockfs sysfs tracefs xenfs".split()
)
"""Filesystems whose files are the kernel's own and no programs."""

NETWORK = frozenset("9p afs ceph cifs coda davfs glusterfs lustre ncpfs nfs nfs4 orangefs smb3 smbfs".split())
"""Filesystems that another host serves: a search could wait for it, and burdens it."""

CONTAINERS = (
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet/pods",
    "/var/lib/lxc",
    "/var/lib/lxd",
    "/var/lib/machines",
    "/var/lib/rancher",
    "/var/snap/lxd",
)
"""Where images and layers of containers lie. What is in there runs in containers, by the merged path of an
overlay, which a rule on the layer's path does not see; the host's own users run it only where they can enter."""

HOLDS_CONTAINERS = "images and layers of containers, which only root can enter"


class Mounted(NamedTuple):
    """One mount, as mountinfo tells of it; ``parent`` and ``number`` are the ids of mounts."""

    number: int
    parent: int
    device: str
    root: str
    point: str
    fstype: str
    options: Tuple[str, ...]


class Search(NamedTuple):
    """``tops`` are the mount points to search, ``skipped`` those that are not, with the reason of each.

    ``points`` are all mount points: a walk from one of ``tops`` does not go on into another mount. ``unsearched`` are
    those of ``skipped`` whose programs get privileges all the same.
    """

    tops: List[str]
    skipped: List[Tuple[str, str]]
    points: FrozenSet[str]
    unsearched: Tuple[Tuple[str, str], ...] = ()


def read(file: str) -> List[Mounted]:
    """The mount table (proc(5), mountinfo), in the order in which it was mounted.

    Raises:
        EvidenceError: it cannot be read, or has another form.
    """
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as table:
            return [_mounted(line) for line in table]
    except OSError as exc:
        raise EvidenceError("cannot be read ({0})".format(exc.strerror), file, remedy="mount /proc.") from None
    except (ValueError, IndexError):
        raise EvidenceError("this is not a mount table", file, remedy="look at it by hand.") from None


def _mounted(line: str) -> Mounted:
    head, _dash, tail = line.partition(" - ")
    fields, rest, known = head.split(), tail.split(), parse_mount(line)
    options = fields[5].split(",") + (rest[2].split(",") if len(rest) > 2 else [])
    return Mounted(
        int(fields[0]), int(fields[1]), known.device, known.root, known.point, known.fstype, tuple(sorted(set(options)))
    )


def plan(mounts: Sequence[Mounted]) -> Search:
    """What to search: each filesystem once, by the mounts from which its programs get their privileges."""
    tops: List[Mounted] = []
    skipped: List[Tuple[str, str]] = []
    unsearched: Set[Tuple[str, str]] = set()
    by_number = {mount.number: mount for mount in mounts}
    for position, mount in enumerate(mounts):
        reason = _reason(mount)
        served = reason is None and _served(mount)
        if reason is None and _hidden(mount, mounts[position + 1 :], by_number):
            reason = "another filesystem is mounted over it"
        elif served:
            reason = "{0}: another host or a process serves it, and it may not answer".format(mount.fstype)
            unsearched.add((mount.point, mount.fstype))
        if reason is None:
            tops.append(mount)
        elif mount.fstype not in PSEUDO:
            skipped.append((mount.point, reason))
    # The widest first: what a mount of a part of the filesystem shows has been seen by then.
    kept: List[Mounted] = []
    for mount in sorted(tops, key=lambda one: (one.root.count("/") if one.root != "/" else 0, one.point)):
        twin = next((other for other in kept if _shows(other, mount, mounts)), None)
        if twin is None:
            kept.append(mount)
        else:
            skipped.append((mount.point, "the same files as in {0}".format(twin.point)))
    points = frozenset(mount.point for mount in mounts)
    return Search(sorted({mount.point for mount in kept}), sorted(set(skipped)), points, tuple(sorted(unsearched)))


def _reason(mount: Mounted) -> Optional[str]:
    if mount.fstype in PSEUDO:
        return "no programs"
    for option in ("nosuid", "noexec"):
        if option in mount.options:
            return "mounted with {0}: nothing there gives privileges".format(option)
    return None


def _served(mount: Mounted) -> bool:
    fuse = mount.fstype.startswith("fuse.") or mount.fstype == "fuse"
    return mount.point != "/" and (mount.fstype in NETWORK or fuse)


def _hidden(mount: Mounted, later: Sequence[Mounted], by_number: Dict[int, Mounted]) -> bool:
    """Whether a later mount lies over it or over a folder above it, and is not what it is mounted on."""
    below = set()
    up: Optional[Mounted] = mount
    while up is not None and up.number not in below:
        below.add(up.number)
        up = by_number.get(up.parent)
    return any(is_below(mount.point, other.point) and other.number not in below for other in later)


def _shows(wide: Mounted, narrow: Mounted, mounts: Sequence[Mounted]) -> bool:
    """Whether a walk through one mount meets all that the other shows."""
    if wide.device != narrow.device or not is_below(narrow.root, wide.root):
        return False
    inside = narrow.root[len(wide.root.rstrip("/")) :]
    where = (wide.point.rstrip("/") + inside).rstrip("/") or "/"
    return not any(
        other.number != wide.number
        and is_below(where, other.point)
        and is_below(other.point, wide.point)
        and (other.point != wide.point)
        for other in mounts
    )
