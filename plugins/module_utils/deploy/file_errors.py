# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a file cannot be changed, said with what mends it; as far as it can be known, before anything is changed."""

import errno
import fcntl
import os
import struct
from typing import Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

_FULL = (errno.ENOSPC, errno.EDQUOT)
# include/uapi/linux/fs.h: FS_IOC_GETFLAGS is _IOR('f', 1, long), and the flags of chattr +i and +a.
# Which is the direction's bit differs (arch/powerpc/include/uapi/asm/ioctl.h); the kernel fills in an int.
_READS = 0x40000000 if os.uname().machine.startswith("ppc") else 0x80000000
_GET_FLAGS = _READS | 0x6601 | (struct.calcsize("l") << 16)
_IMMUTABLE, _APPEND = 0x10, 0x20
_QUOTA, _ROOM = "raise the quota.", "make room on that file system."
_REMEDIES = {
    errno.EROFS: "mount the file system for writing: a system of images is changed in its image.",
    errno.EACCES: "run it as root; where root is refused, see SELinux or AppArmor.",
    errno.EPERM: "run it as root; where root is refused, see 'lsattr' of the folder, and SELinux.",
    errno.EEXIST: "see what is in its place, and move it elsewhere.",
    errno.ENOENT: "make the folder: it comes with the audit package.",
    errno.ENOTDIR: "a part of the path is a file: name another one.",
    errno.ELOOP: "the links lead in a circle: remove one.",
    errno.ENAMETOOLONG: "choose a shorter name.",
    errno.EINVAL: "name a file, or remove what is in its place (a folder, a device, a link to one).",
}


def refuse_fixed(place: str) -> None:
    """Refuse a file with chattr +i or +a before anything is written: the rename would fail half-way.

    Raises:
        TrailError: It has one of the two attributes.
    """
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # not there; or stage() says why it cannot be written
    try:
        answer = fcntl.ioctl(descriptor, _GET_FLAGS, b"\0" * struct.calcsize("l"))
    except OSError:
        return  # a file system without such flags
    finally:
        os.close(descriptor)
    flags = struct.unpack_from("i", answer)[0]
    if flags & (_IMMUTABLE | _APPEND):
        letter = "i" if flags & _IMMUTABLE else "a"
        raise TrailError(
            "cannot be replaced: the file has the attribute {0} of chattr".format(letter),
            place,
            remedy="run 'chattr -{0} {1}', if it may be changed.".format(letter, place),
        )


def refuse_unremovable(place: str) -> None:
    """Refuse where the file could not be removed.

    Raises:
        TrailError: chattr has fixed it, or its folder cannot be written.
    """
    if not os.path.lexists(place):
        return
    if not os.path.islink(place):  # what a link leads to stays
        refuse_fixed(place)
    folder = os.path.dirname(place) or "."
    if not os.access(folder, os.W_OK | os.X_OK):
        number = errno.EROFS if os.statvfs(folder).f_flag & os.ST_RDONLY else errno.EACCES
        raise failed("cannot be removed", place, OSError(number, os.strerror(number)))


def unwritten(path: str, size: int, error: OSError) -> TrailError:
    """The error of a file of ``size`` bytes that could not be written; a full disk is told with bytes."""
    if error.errno in _FULL:
        what, remedy = _space(path, size, error.errno or 0)
        return TrailError(what, path, remedy=remedy)
    return failed("cannot be written", path, error)


def unmade(path: str, error: OSError) -> TrailError:
    """The error of a folder that could not be made; a full disk is told with what is free."""
    what = "the folder cannot be made"
    if error.errno == errno.EDQUOT:
        return TrailError("{0}: the quota is used up".format(what), path, remedy=_QUOTA)
    if error.errno == errno.ENOSPC:
        above = os.path.dirname(os.path.realpath(path))
        return TrailError("{0}: in {1} {2}".format(what, above, _free(above)), path, remedy=_ROOM)
    return failed(what, path, error)


def _space(path: str, size: int, number: int) -> Tuple[str, str]:
    folder = os.path.dirname(os.path.realpath(path))
    if number == errno.EDQUOT:
        return "cannot be written: {0} bytes are needed, and the quota is used up".format(size), _QUOTA
    return "cannot be written: {0} bytes are needed in {1}, where {2}".format(size, folder, _free(folder)), _ROOM


def _free(folder: str) -> str:
    """What is free on the file system of a folder, as a clause."""
    try:
        room = os.statvfs(folder)
    except OSError:
        return "the disk is full"
    free = "{0} bytes are free".format(room.f_bavail * room.f_frsize)
    return free + ", and no inode is" if room.f_files and not room.f_favail else free


def failed(what: str, path: str, error: OSError) -> TrailError:
    """The error of a call that the kernel refused."""
    number = error.errno or 0
    reason = error.strerror or str(error)
    return TrailError(
        "{0} ({1})".format(what, reason),
        path,
        remedy=_REMEDIES.get(number, "look at the disk and at the kernel's log."),
    )
