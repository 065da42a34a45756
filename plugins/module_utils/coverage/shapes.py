# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How system calls touch names: which calls reach which list of audit names.

The kernel collects names in audit_inode() and audit_inode_child() (fs/namei.c,
fs/open.c, fs/xattr.c); only a call that does so can match a path, directory or
inode rule. A call that works on a descriptor alone (ftruncate, write, ioctl)
collects none, even where a permission class holds its number. Sockets have
names too: bind makes one, connect and the sending calls look one up
(unix_bind_bsd and unix_find_bsd in net/unix/af_unix.c).
"""

from typing import Dict, FrozenSet

DIRECT = "direct"
"""One name, the object itself: stat, chmod, open of a file that exists, execve, ..."""
ITSELF = "itself"
"""A symbolic link that exists, by a call that does not follow it."""
REOPEN = "reopen"
"""The parent and the object: open with O_CREAT (or creat) of a file that exists.

From Linux 6.12 on the parent is named only where the name is not in the dentry
cache; so both this and DIRECT are tried for such calls.
"""
CREATE = "create"
"""The parent and the new object: mkdir, mknod, symlink, open with O_CREAT."""
DELETE = "delete"
"""The parent and the object that goes away: unlink, rmdir."""
RENAME = "rename"
"""Both parents, the moved object and what it replaces."""
EXCHANGE = "exchange"
"""renameat2 with RENAME_EXCHANGE."""
LINK = "link"
"""The object, and the new name in its parent."""
APART = "apart"
"""A rename from one mount to another: it fails (EXDEV), having named both parents (do_renameat2, fs/namei.c)."""
EXEC = "exec"
"""A program and what runs it: a script's interpreter, a dynamic program's loader (fs/exec.c, fs/binfmt_*.c)."""
PAIR = "pair"
"""Two objects that exist: where something is mounted and what, in this order (fs/namespace.c)."""

WITH_OTHERS = (RENAME, EXCHANGE, LINK, EXEC, PAIR)
"""The ways to touch a second object of somebody's choice."""


def _names(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


OPENING = _names("open openat openat2")

CALLS_OF_SHAPE: Dict[str, FrozenSet[str]] = {
    DIRECT: OPENING
    | _names(
        """
        creat stat lstat stat64 lstat64 oldstat oldlstat newfstatat fstatat64 statx access faccessat faccessat2
        chdir chroot chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat chown32 lchown32 fchown32
        truncate truncate64 statfs statfs64 utime utimes utimensat utimensat_time64 futimesat readlink readlinkat
        uselib setxattr lsetxattr fsetxattr setxattrat getxattr lgetxattr fgetxattr getxattrat
        listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
        file_getattr file_setattr inotify_add_watch name_to_handle_at mount umount umount2 oldumount
        pivot_root move_mount swapon swapoff acct open_tree open_tree_attr mount_setattr fspick fanotify_mark quotactl
        bpf connect sendto sendmsg sendmmsg socketcall
        """
    ),
    ITSELF: _names(
        """
        lchown lchown32 lstat lstat64 oldlstat lsetxattr lgetxattr llistxattr lremovexattr readlink readlinkat
        """
    ),
    REOPEN: OPENING | _names("creat"),
    CREATE: OPENING | _names("creat mkdir mkdirat mknod mknodat symlink symlinkat bind socketcall bpf"),
    DELETE: _names("unlink unlinkat rmdir"),
    RENAME: _names("rename renameat renameat2"),
    EXCHANGE: _names("renameat2"),
    LINK: _names("link linkat"),
    APART: _names("rename renameat renameat2"),
    EXEC: _names("execve execveat"),
    PAIR: _names("mount pivot_root move_mount"),
}

NAMING: FrozenSet[str] = frozenset().union(*CALLS_OF_SHAPE.values())
"""Every call that collects a name."""

NO_RETURN = _names("exit exit_group")
"""Calls that end the task: exit and success never match them (kernel/auditsc.c, AUDITSC_INVALID)."""

NEVER_FAILS = _names(
    """
    getpid gettid getppid getpgrp getuid geteuid getgid getegid getuid32 geteuid32 getgid32 getegid32 umask sync alarm
    sched_yield
    """
)
"""Calls that always succeed (their man pages, section 2)."""

ZERO_OR_ERROR = (
    CALLS_OF_SHAPE[DELETE]
    | CALLS_OF_SHAPE[RENAME]
    | CALLS_OF_SHAPE[LINK]
    | _names(
        """
        mkdir mkdirat mknod mknodat symlink symlinkat stat lstat fstat stat64 lstat64 fstat64 newfstatat fstatat64
        statx access faccessat faccessat2 chdir fchdir chroot chmod fchmod fchmodat fchmodat2 chown lchown fchown
        fchownat chown32 lchown32 fchown32 truncate truncate64 ftruncate ftruncate64 statfs statfs64 fstatfs
        fstatfs64 utime utimes utimensat utimensat_time64 futimesat execve execveat setxattr lsetxattr fsetxattr
        removexattr lremovexattr fremovexattr mount umount umount2 oldumount pivot_root swapon swapoff acct bind
        connect listen settimeofday clock_settime clock_settime64 stime setuid setgid setreuid setregid setresuid
        setresgid setuid32 setgid32 setreuid32 setregid32 setresuid32 setresgid32 setgroups setgroups32
        sethostname setdomainname init_module finit_module delete_module kexec_load kexec_file_load close kill
        tkill tgkill capset setns unshare fallocate reboot
        """
    )
)
"""Calls whose only successful result is 0 (their man pages, section 2)."""
