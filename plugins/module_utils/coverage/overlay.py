# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What takes an event away before or after the filter has decided: enabled 0, task rules, excludes, filesystems."""

from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, Dim, meet_boxes, minus_box
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import Domain, Ranges
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import Thing
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Filter, World
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin, Rule

# Record types of include/uapi/linux/audit.h.
SYSCALL, PATH, CWD, EXECVE = 1300, 1302, 1307, 1309

# s_magic by the type in mountinfo (include/uapi/linux/magic.h and the filesystems' own headers).
MAGIC = {
    "bpf": 0xCAFE4A11,
    "btrfs": 0x9123683E,
    "cgroup": 0x27E0EB,
    "cgroup2": 0x63677270,
    "debugfs": 0x64626720,
    "devpts": 0x1CD1,
    "devtmpfs": 0x01021994,
    "ext2": 0xEF53,
    "ext3": 0xEF53,
    "ext4": 0xEF53,
    "f2fs": 0xF2F52010,
    "fuse": 0x65735546,
    "iso9660": 0x9660,
    "nfs": 0x6969,
    "nfs4": 0x6969,
    "overlay": 0x794C7630,
    "proc": 0x9FA0,
    "ramfs": 0x858458F6,
    "securityfs": 0x73636673,
    "squashfs": 0x73717368,
    "sysfs": 0x62656572,
    "tmpfs": 0x01021994,
    "tracefs": 0x74726163,
    "vfat": 0x4D44,
    "xfs": 0x58465342,
    "zfs": 0x2FC12FC1,
}
_PSEUDO = frozenset(MAGIC[name] for name in ("bpf", "cgroup", "cgroup2", "debugfs", "proc", "sysfs", "tracefs"))

_NO_NAMES = "a never rule in the filesystem list stops the collection of names there"


class Culprit(NamedTuple):
    """The line that takes events away, and how."""

    kind: str
    origin: Origin
    why: str


class Taken(NamedTuple):
    """A part of a box that a culprit takes away."""

    box: Box
    culprit: Culprit


def _types(dims: Dict[Dim, Domain]) -> Optional[Ranges]:
    domain = dims.get("msgtype")
    return domain if isinstance(domain, tuple) else None


def takes_type(rule: Filter, kind: int) -> bool:
    """Does an exclude rule's msgtype condition hold for this record type? Without one it holds for all."""
    types = _types(rule.dims)
    return types is None or any(low <= kind <= high for low, high in types)


def _without_type(rule: Filter) -> Dict[Dim, Domain]:
    return {dim: domain for dim, domain in rule.dims.items() if dim != "msgtype"}


class Overlay:
    """Everything beside the exit list that decides whether a record comes out."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._found: Dict[bool, List[Tuple[Dict[Dim, Domain], Culprit]]] = {}
        enabled = world.load.settings.get("enabled")
        self.disabled: Optional[Culprit] = None
        if enabled is not None and enabled.value == 0:
            origin = enabled.origin or Origin(text="enabled 0")
            self.disabled = Culprit("enabled", origin, "auditing is switched off (enabled 0)")

    def idle(self, names_object: bool) -> bool:
        """Is there nothing that takes events away? (Excludes of other record types do not.)"""
        return self.disabled is None and not self._taking(names_object)

    def _taking(self, names_object: bool) -> List[Tuple[Dict[Dim, Domain], Culprit]]:
        found = self._found.get(names_object)
        if found is None:
            found = self._found[names_object] = self._subtractions(names_object)
        return found

    def take(self, box: Box, names_object: bool) -> Tuple[List[Box], List[Taken]]:
        """What is left of a box whose events the filter records, and what is taken from it.

        ``names_object``: the events are about an object, so that their record
        counts only with its PATH record (DESIGN's "recorded").
        """
        if self.disabled is not None:
            return [], [Taken(box, self.disabled)]
        left = [box]
        taken: List[Taken] = []
        for dims, culprit in self._taking(names_object):
            rest: List[Box] = []
            for piece in left:
                common = meet_boxes(piece, Box(piece.calls, dims))
                if common is None:
                    if culprit.kind == "task":
                        taken.append(Taken(piece, culprit))
                    rest.append(piece)
                    continue
                taken.append(Taken(common, culprit))
                if culprit.kind == "task" and dims:
                    # What the task was at its fork decides, and identities change afterwards: any event may be lost.
                    taken.append(Taken(piece, culprit))
                rest.extend(minus_box(piece, Box(piece.calls, dims)))
            left = rest
        return left, taken

    def _subtractions(self, names_object: bool) -> List[Tuple[Dict[Dim, Domain], Culprit]]:
        found: List[Tuple[Dict[Dim, Domain], Culprit]] = []
        for task in self._never_tasks():
            why = "a never rule in the task list keeps the tasks that are forked under it out of auditing for good"
            culprit = Culprit("task", task.rule.origin, why)
            found.append((task.dims, culprit))
        for rule in self.world.excludes:
            for kind, name in ((SYSCALL, "SYSCALL"), (PATH, "PATH")):
                if takes_type(rule, kind) and (kind == SYSCALL or names_object):
                    why = "the exclude list drops its {0} record".format(name)
                    found.append((_without_type(rule), Culprit("exclude", rule.rule.origin, why)))
                    break
        return found

    def _never_tasks(self) -> List[Filter]:
        """The never rules of the task list that an always rule before them does not shadow as a whole."""
        found = []
        for rule in self.world.tasks:
            if rule.rule.action == "always":
                if not rule.dims:
                    break
                continue
            found.append(rule)
        return found

    def always_tasks(self) -> List[Filter]:
        """Always rules of the task list: tasks forked under them have every call recorded, whatever the exit list."""
        found = []
        for rule in self.world.tasks:
            if rule.rule.action != "always":
                break
            found.append(rule)
        return found

    def unnamed(self, thing: Optional[Thing]) -> Tuple[Optional[Culprit], str]:
        """Whether a filesystem rule stops name collection for a thing: the culprit, or what is not known.

        __audit_inode (kernel/auditsc.c) drops the name if any fstype field of
        any never rule in the list holds, whatever else the rule says.
        """
        if thing is None:
            return None, ""
        for rule in self.world.filesystems:
            for field in rule.fields("fstype"):
                holds = self._has_magic(thing, int(field.value))
                if holds is None:
                    doubt = "the filesystems that the names lie on, for {0} (the mount table)".format(rule.origin.text)
                    culprit = None if self.world.hopeful else Culprit("filesystem", rule.origin, _NO_NAMES)
                    return culprit, doubt
                if holds == (field.op == "="):
                    return Culprit("filesystem", rule.origin, _NO_NAMES), ""
        return None, ""

    def unnamed_somewhere(self) -> Optional[Culprit]:
        """The first filesystem rule that stops the collection of names on an ordinary filesystem."""
        for rule in self.world.filesystems:
            for field in rule.fields("fstype"):
                if field.op == "!=" or int(field.value) not in _PSEUDO:
                    return Culprit("filesystem", rule.origin, _NO_NAMES)
        return None

    def _has_magic(self, thing: Thing, magic: int) -> Optional[bool]:
        mount = self.world.host.paths.mount_of(thing.shown)
        if mount is None:
            # Without a mount table: system files are never on a pseudo filesystem.
            if magic in _PSEUDO and not thing.shown.startswith(("/sys", "/proc")):
                return False
            return False if magic not in MAGIC.values() else None
        known = MAGIC.get(mount.fstype.split(".", 1)[0])
        return None if known is None else known == magic

    def incomplete(self, box: Box) -> Dict[str, Rule]:
        """Record types that accompany a SYSCALL record and that an exclude rule drops for some events of a box."""
        found: Dict[str, Rule] = {}
        for rule in self.world.excludes:
            if meet_boxes(box, Box(box.calls, _without_type(rule))) is None:
                continue
            for kind, name in ((PATH, "PATH"), (CWD, "CWD"), (EXECVE, "EXECVE")):
                if _types(rule.dims) is not None and takes_type(rule, kind) and not takes_type(rule, SYSCALL):
                    found.setdefault(name, rule.rule)
        return found
