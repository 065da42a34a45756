# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events that the probe can make, and how each is written for it (see probe.c).

Every call here leaves the machine as it was: paths lie in the scratch
directory, and a call that would change anything beyond it is made with
arguments that the kernel refuses or that ask for no change.
"""

import stat
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.model import UNSET
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import i386, x86_64

ARCH = {"b64": 0xC000003E, "b32": 0x40000003}
"""AUDIT_ARCH_X86_64 and AUDIT_ARCH_I386, include/uapi/linux/audit.h."""

O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE = 0, 1, 2, 3
O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY, O_NOFOLLOW, O_PATH = 0o100, 0o200, 0o1000, 0o200000, 0o400000, 0o10000000
AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH = 0x200, 0x100, 0x400, 0x1000
RENAME_NOREPLACE, RENAME_EXCHANGE = 1, 2

_CWD = "i-100"  # AT_FDCWD


class Event(NamedTuple):
    """One system call to make, and as whom.

    ``paths`` are in the call's own order (old before new, a symlink's target
    before its name); ``flags`` are the call's. ``euid``, ``suid``, ``egid``,
    ``sgid`` default to uid and gid. ``args`` replaces the arguments that the
    call would get, in the probe's notation. ``program`` names another copy of
    the probe to make the call from (for exe).
    """

    call: str
    paths: Tuple[str, ...] = ()
    flags: int = 0
    abi: str = "b64"
    auid: int = UNSET
    uid: int = 0
    gid: int = 0
    euid: Optional[int] = None
    suid: Optional[int] = None
    egid: Optional[int] = None
    sgid: Optional[int] = None
    groups: Tuple[int, ...] = ()
    mode: int = 0o644
    cwd: str = "/"
    args: Optional[Tuple[str, ...]] = None
    program: str = ""

    @property
    def number(self) -> int:
        """The call's number under its ABI."""
        return NUMBERS[self.abi][self.call]


def _table(text: str) -> Dict[str, int]:
    rows = (line.split() for line in text.splitlines())
    return {row[1]: int(row[0]) for row in rows if len(row) > 1}


NUMBERS = {"b64": _table(x86_64.SYSCALLS), "b32": _table(i386.SYSCALLS)}


def _s(event: Event, n: int = 0) -> str:
    return "s" + event.paths[n]


def _i(value: int) -> str:
    return "i{0}".format(value)


def _open_how(event: Event) -> str:
    return "h{0},{1},0".format(event.flags, event.mode if event.flags & O_CREAT else 0)


def _argv(event: Event) -> List[str]:
    return ["v" + event.paths[0], "vPATH=/usr/bin"]


def _fd(event: Event, flags: int) -> str:
    return "f{0}:{1}".format(flags, event.paths[0])


_XATTR = ["suser.auditops", "sv", "i1", "i0"]

# call → arguments; what is refused or a no-op on purpose says so.
_CALLS: Dict[str, Callable[[Event], List[str]]] = {
    "open": lambda e: [_s(e), _i(e.flags), _i(e.mode)],
    "openat": lambda e: [_CWD, _s(e), _i(e.flags), _i(e.mode)],
    "openat2": lambda e: [_CWD, _s(e), _open_how(e), "i24"],
    "creat": lambda e: [_s(e), _i(e.mode)],
    "truncate": lambda e: [_s(e), "i0"],
    "truncate64": lambda e: [_s(e), "i0", "i0"],
    "ftruncate": lambda e: [_fd(e, O_RDWR), "i0"],
    "chmod": lambda e: [_s(e), _i(e.mode)],
    "fchmod": lambda e: [_fd(e, O_RDONLY), _i(e.mode)],
    "fchmodat": lambda e: [_CWD, _s(e), _i(e.mode)],
    "fchmodat2": lambda e: [_CWD, _s(e), _i(e.mode), _i(e.flags)],
    "chown": lambda e: [_s(e), "i0", "i0"],
    "lchown": lambda e: [_s(e), "i0", "i0"],
    "fchown": lambda e: [_fd(e, O_RDONLY), "i0", "i0"],
    "fchownat": lambda e: [_CWD, _s(e), "i0", "i0", _i(e.flags)],
    "chown32": lambda e: [_s(e), "i0", "i0"],
    "lchown32": lambda e: [_s(e), "i0", "i0"],
    "fchown32": lambda e: [_fd(e, O_RDONLY), "i0", "i0"],
    "setxattr": lambda e: [_s(e)] + _XATTR,
    "lsetxattr": lambda e: [_s(e)] + _XATTR,
    "fsetxattr": lambda e: [_fd(e, O_RDONLY)] + _XATTR,
    "removexattr": lambda e: [_s(e), _XATTR[0]],
    "lremovexattr": lambda e: [_s(e), _XATTR[0]],
    "fremovexattr": lambda e: [_fd(e, O_RDONLY), _XATTR[0]],
    "getxattr": lambda e: [_s(e), _XATTR[0], "z64", "i64"],
    "lgetxattr": lambda e: [_s(e), _XATTR[0], "z64", "i64"],
    "listxattr": lambda e: [_s(e), "z64", "i64"],
    "unlink": lambda e: [_s(e)],
    "unlinkat": lambda e: [_CWD, _s(e), _i(e.flags)],
    "rmdir": lambda e: [_s(e)],
    "mkdir": lambda e: [_s(e), _i(0o755)],
    "mkdirat": lambda e: [_CWD, _s(e), _i(0o755)],
    "mknod": lambda e: [_s(e), _i(stat.S_IFREG | 0o600), "i0"],
    "mknodat": lambda e: [_CWD, _s(e), _i(stat.S_IFREG | 0o600), "i0"],
    "symlink": lambda e: [_s(e), _s(e, 1)],
    "symlinkat": lambda e: [_s(e), _CWD, _s(e, 1)],
    "link": lambda e: [_s(e), _s(e, 1)],
    "linkat": lambda e: [_CWD, _s(e), _CWD, _s(e, 1), _i(e.flags)],
    "rename": lambda e: [_s(e), _s(e, 1)],
    "renameat": lambda e: [_CWD, _s(e), _CWD, _s(e, 1)],
    "renameat2": lambda e: [_CWD, _s(e), _CWD, _s(e, 1), _i(e.flags)],
    "execve": lambda e: [_s(e)] + _argv(e),
    "execveat": lambda e: [_CWD, _s(e)] + _argv(e) + [_i(e.flags)],
    "readlink": lambda e: [_s(e), "z256", "i256"],
    "readlinkat": lambda e: [_CWD, _s(e), "z256", "i256"],
    "stat": lambda e: [_s(e), "z512"],
    "lstat": lambda e: [_s(e), "z512"],
    "stat64": lambda e: [_s(e), "z512"],
    "newfstatat": lambda e: [_CWD, _s(e), "z512", _i(e.flags)],
    "statx": lambda e: [_CWD, _s(e), "i0", "i2047", "z512"],
    "statfs": lambda e: [_s(e), "z512"],
    "access": lambda e: [_s(e), "i4"],
    "faccessat": lambda e: [_CWD, _s(e), "i4"],
    "chdir": lambda e: [_s(e)],
    "utimensat": lambda e: [_CWD, _s(e), "i0", "i0"],
    "utime": lambda e: [_s(e), "i0"],
    "mount": lambda e: ["snone", _s(e), "sauditops_no_such_fs", "i0", "i0"],  # ENODEV
    "quotactl": lambda e: [_i(0x80000500), _s(e), "i0", "i0"],  # Q_GETINFO, ENOTBLK: it is no disk
    "umount2": lambda e: [_s(e), "i0"],  # EINVAL: nothing is mounted there
    "setuid": lambda e: [_i(e.uid)],
    "setgid": lambda e: [_i(e.gid)],
    "setreuid": lambda e: [_i(-1), _i(-1)],
    "setresuid": lambda e: [_i(-1), _i(-1), _i(-1)],
    "setuid32": lambda e: [_i(e.uid)],
    "setgid32": lambda e: [_i(e.gid)],
    "setgroups": lambda e: ["i-1", "i0"],  # EINVAL, EPERM
    "sethostname": lambda e: ["sx", "i-1"],  # EINVAL, EPERM
    "setdomainname": lambda e: ["sx", "i-1"],  # EINVAL, EPERM
    "adjtimex": lambda e: ["z512"],  # modes 0: read only
    "clock_adjtime": lambda e: ["i0", "z512"],  # modes 0: read only
    "clock_settime": lambda e: ["i999", "z64"],  # EINVAL: no such clock
    "settimeofday": lambda e: ["i0", "i0"],  # sets neither
    "init_module": lambda e: ["i0", "i0", "s"],  # ENOEXEC, EPERM
    "finit_module": lambda e: ["i-1", "s", "i0"],  # EBADF, EPERM
    "delete_module": lambda e: ["sauditops_no_such_module", "i0"],  # ENOENT, EPERM
    "kill": lambda e: ["i0", "i0"],  # signal 0: a check
    "socket": lambda e: ["i1", "i1", "i0"],
    "getpid": lambda e: [],
    "getuid": lambda e: [],
    "personality": lambda e: [_i(0xFFFFFFFF)],  # a query
    "unshare": lambda e: ["i0"],
    "exit_group": lambda e: ["i0"],
}

CALLS = tuple(sorted(_CALLS))

_OPENS = ("open", "openat", "openat2")
_CHANGES = frozenset(
    "creat unlink unlinkat rmdir mkdir mkdirat mknod mknodat symlink symlinkat "
    "link linkat rename renameat renameat2".split()
)


def changes_names(event: Event) -> bool:
    """Whether the call, when it succeeds, may add, remove or replace a name (watches follow names)."""
    return event.call in _CHANGES or (event.call in _OPENS and bool(event.flags & O_CREAT))


def line(event: Event, identifier: int) -> str:
    """The event as a line for the probe.

    Raises:
        ValueError: the call is not one of CALLS, or unknown to the ABI.
    """
    if event.call not in _CALLS or event.call not in NUMBERS[event.abi]:
        raise ValueError("no {0} for {1}".format(event.call, event.abi))
    args = list(event.args) if event.args is not None else _CALLS[event.call](event)
    uids = (event.uid, event.uid if event.euid is None else event.euid, event.uid if event.suid is None else event.suid)
    gids = (event.gid, event.gid if event.egid is None else event.egid, event.gid if event.sgid is None else event.sgid)
    fields = [
        str(identifier), event.abi[1:], str(event.number), str(event.auid),
        ",".join(str(n) for n in uids), ",".join(str(n) for n in gids),
        ",".join(str(n) for n in event.groups) or "-", event.cwd,
    ] + args  # fmt: skip
    if any("\t" in field or "\n" in field for field in fields):
        raise ValueError("a tab or a newline in {0!r}".format(event))
    return "\t".join(fields) + "\n"
