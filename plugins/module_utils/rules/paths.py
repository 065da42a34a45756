# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the paths that rules name: what a path string stands for on a host.

The kernel resolves the parent of a watched path when the rule is loaded and
then compares (device, inode), never strings (kernel/audit_watch.c,
kernel/audit_tree.c). So two strings can mean one object (symlinked parents,
bind mounts, hard links), and one string can mean none (a directory rule on a
symlink). The evidence is one ``lstat`` for each prefix of each path, and the
mount table; it can be saved and used without the host.
"""

import os
import stat
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.rules.path_forms import PATH_STATE, REMEDY
from ansible_collections.auditops.trail.plugins.module_utils.rules.programs import run_by

MAX_SYMLINKS = 40  # include/linux/namei.h: MAXSYMLINKS
MAX_INTERPRETERS = 6  # exec_binprm (fs/exec.c) refuses more than five, and the last may have a loader

_TYPES = (
    (stat.S_ISREG, "file"),
    (stat.S_ISDIR, "dir"),
    (stat.S_ISLNK, "symlink"),
    (stat.S_ISCHR, "character"),
    (stat.S_ISBLK, "block"),
    (stat.S_ISFIFO, "fifo"),
    (stat.S_ISSOCK, "socket"),
)


class Entry(NamedTuple):
    """What ``lstat`` says of one path: ``type`` is file, dir, symlink, character, block, fifo, socket or missing.

    ``runs`` tells of a program what runs it (programs.py): empty where nothing
    else does, None where that is not known. Who may not execute a file gets "".
    """

    type: str
    device: str = ""
    inode: int = 0
    links: int = 0
    target: str = ""
    runs: Optional[str] = None


class Mount(NamedTuple):
    """One line of /proc/PID/mountinfo (proc(5)): ``root`` is the path inside the filesystem."""

    point: str
    device: str
    root: str
    fstype: str
    since_rules: Optional[str] = None
    """``before`` or ``after`` the rules were loaded, where that is known."""


class Place(NamedTuple):
    """Where a path leads.

    ``device`` and ``path`` name the object inside its filesystem, so that bind
    mounts of one directory have one place. ``real`` is the path in the mount
    namespace with symlinks of the parents resolved. ``entry`` is the object's
    own lstat, or None without evidence. ``symlinked`` tells that the last
    component itself is a symlink (which neither a watch nor a directory rule
    follows). ``lost`` tells that a parent does not exist.
    """

    device: str
    path: str
    real: str
    entry: Optional[Entry]
    symlinked: bool = False
    lost: bool = False


def _split(path: str) -> List[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def is_below(path: str, directory: str) -> bool:
    """Is ``path`` the directory itself or something below it, by component?"""
    return directory == "/" or path == directory or path.startswith(directory + "/")


class PathState:
    """The evidence on paths; reads the host on demand, or answers from a saved state."""

    def __init__(
        self,
        objects: Optional[Dict[str, Entry]] = None,
        mounts: Optional[List[Mount]] = None,
        live: bool = False,
        denied: Optional[Dict[str, str]] = None,
        unread: Optional[Dict[str, str]] = None,
    ) -> None:
        self._objects: Dict[str, Entry] = dict(objects or {})
        self._mounts = mounts
        self._live = live
        self._mounts_read = not live
        self._denied: Dict[str, str] = dict(denied or {})
        self._unread: Dict[str, str] = dict(unread or {})
        self._places: Dict[Tuple[str, bool], Place] = {}
        self._mount_of: Dict[str, Optional[Mount]] = {}

    # -- making and saving ---------------------------------------------------

    @classmethod
    def of_host(cls) -> "PathState":
        """The state of this host, read when asked for."""
        return cls(live=True)

    @classmethod
    def empty(cls) -> "PathState":
        """No evidence at all: paths are compared as text."""
        return cls()

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> "PathState":
        """The state saved by :meth:`to_dict`.

        Shape: ``{"objects": {path: {"type", "device", "inode", "links", "target"}},
        "mounts": [{"point", "device", "root", "fstype", "since_rules"}] or null, "denied": {path: reason},
        "unread": {path: reason}}``; each may be left out, and ``{}`` is no evidence.

        Raises:
            EvidenceError: The shape is another one.
        """
        form.check(PATH_STATE, data, "paths", REMEDY)
        rows = data.get("mounts")
        return cls(
            {
                path: Entry(**{name: entry[name] for name in Entry._fields if name in entry})
                for path, entry in (data.get("objects") or {}).items()
            },
            None
            if rows is None
            else [
                Mount(row["point"], row["device"], row.get("root", "/"), row.get("fstype", ""), row.get("since_rules"))
                for row in rows
            ],
            denied=data.get("denied"),
            unread=data.get("unread"),
        )

    def to_dict(self) -> Dict[str, Any]:
        """Everything looked at so far, as plain data."""
        mounts = self.mounts()
        data: Dict[str, Any] = {
            "objects": {path: _plain(entry) for path, entry in sorted(self._objects.items())},
            "mounts": None if mounts is None else [dict(mount._asdict()) for mount in mounts],
        }
        if self._denied:
            data["denied"] = dict(self._denied)
        if self._unread:
            data["unread"] = dict(self._unread)
        return data

    def collect(self, paths: Iterable[str]) -> None:
        """Look at each path, its parents and what they link to, so that :meth:`to_dict` holds them."""
        for path in paths:
            self.place(path)
            place = self.place(path, follow=True)
            for _times in range(MAX_INTERPRETERS):
                if place.entry is None or not place.entry.runs:
                    break
                place = self.place(place.entry.runs, follow=True)

    # -- evidence --------------------------------------------------------------

    def entry(self, path: str) -> Optional[Entry]:
        """The ``lstat`` of a path whose parents are real, or None without evidence."""
        found = self._objects.get(path)
        if found is not None or not self._live:
            return found
        try:
            found = _looked_at(path)
        except (FileNotFoundError, NotADirectoryError):
            found = Entry("missing")
        except PermissionError as error:  # EACCES or EPERM: another reader might be let in
            self._denied[path] = str(error.strerror)
            return None
        except OSError as error:  # a name that is too long, a disk that fails, a link that was replaced meanwhile
            self._unread[path] = str(error.strerror)
            return None
        except ValueError:  # a NUL in the path: no evidence
            return None
        self._objects[path] = found
        return found

    def mounts(self) -> Optional[List[Mount]]:
        """The mount table in the order in which it was mounted, or None without evidence."""
        if not self._mounts_read:
            self._mounts_read = True
            try:
                with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
                    self._mounts = [parse_mount(line) for line in table]
            except (OSError, ValueError, IndexError):
                self._mounts = None
        return self._mounts

    def mount_of(self, real: str) -> Optional[Mount]:
        """The mount that a resolved path is on: of the longest mount points, the last one mounted."""
        if real in self._mount_of:
            return self._mount_of[real]
        best: Optional[Mount] = None
        for mount in self.mounts() or ():
            if is_below(real, mount.point) and (best is None or len(mount.point) >= len(best.point)):
                best = mount
        self._mount_of[real] = best
        return best

    def with_inode(self, number: int) -> List[Place]:
        """The objects of this inode number that the evidence shows, on any filesystem; two names of one count as two.

        An ``inode=`` rule compares the number alone (kernel/auditsc.c, audit_filter_rules).
        """
        paths = [path for path, entry in sorted(self._objects.items()) if entry.inode == number and number]
        return [self.place(path) for path in paths]

    # -- what a path string stands for -----------------------------------------

    def place(self, path: str, follow: bool = False) -> Place:
        """Resolve a path as the kernel does for a rule; ``follow`` follows the last component too."""
        known = self._places.get((path, follow))
        if known is None:
            known = self._places[(path, follow)] = self._resolve(path, follow)
        return known

    def _resolve(self, path: str, follow: bool) -> Place:
        todo = list(reversed(_split(path)))
        real: List[str] = []
        links = 0
        entry: Optional[Entry] = Entry("dir") if not todo else None
        symlinked = lost = False
        while todo:
            part = todo.pop()
            if part == "..":
                if real:
                    real.pop()
                continue
            if lost:
                real.append(part)
                continue
            current = "/" + "/".join(real + [part])
            entry = self.entry(current)
            if entry is not None and entry.type == "symlink" and (todo or follow):
                links += 1
                if links > MAX_SYMLINKS:
                    lost = True
                    real.append(part)
                    continue
                if entry.target.startswith("/"):
                    real = []
                todo.extend(reversed(_split(entry.target)))
                continue
            symlinked = entry is not None and entry.type == "symlink"
            if todo and entry is not None and entry.type != "dir":
                lost = True
            real.append(part)
        where = "/" + "/".join(real)
        if where == "/" or (path.endswith("..") and not lost):
            entry = self.entry(where) or entry
        mount = self.mount_of(where)
        if mount is None:
            return Place("", where, where, None if lost else entry, symlinked, lost)
        rest = where[len(mount.point) :] if mount.point != "/" else where
        inside = (mount.root.rstrip("/") + "/" + rest.lstrip("/")).rstrip("/") or "/"
        return Place(mount.device, inside, where, None if lost else entry, symlinked, lost)

    def other_links(self, place: Place) -> Tuple[List[Place], int]:
        """The other names of a file with several links that the evidence shows, and how many it does not show."""
        entry = place.entry
        if entry is None or entry.links < 2 or entry.type in ("dir", "missing"):
            return [], 0
        found = []
        for path, other in sorted(self._objects.items()):
            if (other.device, other.inode) == (entry.device, entry.inode) and other.type == entry.type:
                there = self.place(path)
                if (there.device, there.path) != (place.device, place.path) and there not in found:
                    found.append(there)
        places = {(there.device, there.path) for there in found}
        return found, max(0, entry.links - 1 - len(places))

    def knows(self, path: str) -> bool:
        """Whether there is evidence on the path itself and on what it leads to, if only that it does not exist."""
        places = (self.place(path), self.place(path, follow=True))
        return all(place.lost or place.entry is not None for place in places)

    def denied(self, path: Optional[str] = None) -> Optional[Tuple[str, str]]:
        """The first path that the reader was not permitted to look at, and the system's reason.

        Args:
            path: Ask about this path, what it leads to and their parents alone.
        """
        return self._first(self._denied, path)

    def unread(self, path: Optional[str] = None) -> Optional[Tuple[str, str]]:
        """As :meth:`denied`, of what could not be looked at for another reason than a want of permission."""
        return self._first(self._unread, path)

    def _first(self, reasons: Dict[str, str], path: Optional[str]) -> Optional[Tuple[str, str]]:
        if path is None:
            return min(reasons.items(), default=None)
        for real in (self.place(path).real, self.place(path, follow=True).real):
            for where, reason in sorted(reasons.items()):
                if is_below(real, where):
                    return where, reason
        return None

    def knows_parent(self, path: str) -> bool:
        """Whether there is evidence on the directory that holds the path."""
        parent = path.rstrip("/").rpartition("/")[0]
        return parent != "" and self.knows(parent)

    def stat_is_dir(self, path: str) -> Optional[bool]:
        """Whether ``stat`` finds a directory, as auditctl asks for ``-w``; None without evidence."""
        place = self.place(path, follow=True)
        if place.lost:
            return False
        return None if place.entry is None else place.entry.type == "dir"

    def lexists(self, path: str) -> Optional[bool]:
        """Whether the path itself (not what it links to) exists; None without evidence."""
        place = self.place(path)
        if place.lost:
            return False
        return None if place.entry is None else place.entry.type != "missing"

    def parent_exists(self, path: str) -> Optional[bool]:
        """Whether the directory that holds the path exists: the kernel refuses a watch without it."""
        place = self.place(path.rstrip("/") or "/")
        if place.lost:
            return False
        if place.real == "/":
            return True
        if place.entry is not None and place.entry.type != "missing":
            return True
        parent = self.place(path.rstrip("/").rpartition("/")[0] or "/", follow=True)
        if parent.lost:
            return False
        return None if parent.entry is None else parent.entry.type == "dir"


def _plain(entry: Entry) -> Dict[str, Any]:
    data = dict(entry._asdict())
    if entry.runs is None:
        del data["runs"]
    return data


def _looked_at(path: str) -> Entry:
    info = os.lstat(path)
    kind = next((name for test, name in _TYPES if test(info.st_mode)), "file")
    target = os.readlink(path) if kind == "symlink" else ""
    device = "{0}:{1}".format(os.major(info.st_dev), os.minor(info.st_dev))
    runs = None
    if kind == "file":
        runs = run_by(path) if info.st_mode & 0o111 else ""
    return Entry(kind, device, info.st_ino, info.st_nlink, target, runs)


def parse_mount(line: str) -> Mount:
    """One line of mountinfo (proc(5)); octal escapes undone.

    Raises:
        ValueError, IndexError: The line has another form.
    """
    head, _dash, tail = line.partition(" - ")
    fields = head.split()
    return Mount(_unescape(fields[4]), fields[2], _unescape(fields[3]), tail.split()[0])


def _unescape(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
