# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files replaced whole or not at all, with owner, mode, access list and SELinux context kept.

A change comes in two steps: :func:`stage` writes the new content beside the
file, under a hidden name that neither augenrules nor auditd reads, and is where
a full disk shows; :func:`put` renames it into place. A link stays a link: the
file that it leads to is replaced.
"""

import errno
import fcntl
import os
import re
import stat
import struct
from typing import List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.host import open_file

NEW_MODE = 0o640
"""The mode of a file that was not there before, as augenrules gives it to audit.rules."""

MOST_BYTES = 64 * 1024 * 1024
"""More than any configuration has; such a file is not read into memory."""

_CONTEXT = "security.selinux"
_ACL = "system.posix_acl_access"  # acl(5); the mode is kept in step with it by the kernel
_NONE_HERE = (errno.ENODATA, errno.ENOTSUP, errno.ENOSYS)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_MARK = ".auditops-"
_MOST_NAME = 200  # bytes of the name that a staged one repeats: NAME_MAX is 255
# include/uapi/linux/fs.h: FS_IOC_GETFLAGS is _IOR('f', 1, long), and the flags of chattr +i and +a.
# Which is the direction's bit differs (arch/powerpc/include/uapi/asm/ioctl.h); the kernel fills in an int.
_READS = 0x40000000 if os.uname().machine.startswith("ppc") else 0x80000000
_GET_FLAGS = _READS | 0x6601 | (struct.calcsize("l") << 16)
_IMMUTABLE, _APPEND = 0x10, 0x20


class Kept(NamedTuple):
    """A file as it was: all that :func:`restore` needs.

    ``data`` is None where there was no file. ``link`` is what the path itself
    said where it was a symbolic link; the rest is of the file that it led to.
    ``mode`` are the permission bits, ``context`` and ``acl`` the raw extended
    attributes (None: none), ``modified`` nanoseconds since 1970.
    """

    path: str
    data: Optional[bytes] = None
    mode: int = NEW_MODE
    uid: int = 0
    gid: int = 0
    context: Optional[bytes] = None
    acl: Optional[bytes] = None
    link: Optional[str] = None
    modified: int = 0

    @property
    def absent(self) -> bool:
        """Whether there was no file."""
        return self.data is None


def look(path: str) -> Kept:
    """What lies at a path now.

    Raises:
        TrailError: It is no file (a folder, a device), too large, or cannot be read.
    """
    try:
        link = os.readlink(path)
    except OSError:  # no link, or nothing there
        link = None
    try:
        with open_file(path) as opened:
            data = opened.read(MOST_BYTES + 1)
            status = os.fstat(opened.fileno())
            context, acl = _attribute(opened.fileno(), _CONTEXT), _attribute(opened.fileno(), _ACL)
    except FileNotFoundError:
        return Kept(path, link=link)
    except OSError as error:
        raise _failed("cannot be read", path, error) from None
    if len(data) > MOST_BYTES:
        raise TrailError("is larger than {0} MiB".format(MOST_BYTES >> 20), path, remedy="see what wrote it.")
    mode = stat.S_IMODE(status.st_mode)
    return Kept(path, data, mode, status.st_uid, status.st_gid, context, acl, link, status.st_mtime_ns)


def stage(path: str, data: bytes, like: Optional[Kept] = None) -> str:
    """New content, written and synced beside the file that it is to replace; the file itself stays as it is.

    Args:
        path: The file to be replaced or made.
        data: The whole content.
        like: Whose owner, mode, access list and context the file gets; where
            it is not given, those of the file at ``path``. Where there was
            none: mode 0640, the caller's user and group (root's), and the
            context and access list that the kernel gives a new file there.

    Returns:
        The path of the staged file, for :func:`put` or :func:`discard`.

    Raises:
        TrailError: It cannot be written; nothing is left of it then.
    """
    return _stage(path, os.path.realpath(path), data, look(path) if like is None else like)


def _stage(path: str, place: str, data: bytes, model: Kept) -> str:
    _refuse_fixed(place)
    staged = _staged_name(place)
    try:
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritten(path, len(data), error) from None
    try:
        try:
            _write(descriptor, data)
            _dress(descriptor, model)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        discard(staged)
        raise _unwritten(path, len(data), error) from None
    except BaseException:
        discard(staged)
        raise
    return staged


def put(staged: str, path: str) -> None:
    """The staged file in its place, and the folder synced, so that a crash leaves the one or the other.

    Raises:
        TrailError: It cannot be renamed; the file is what it was.
    """
    _put(staged, path, os.path.realpath(path))


def _put(staged: str, path: str, place: str) -> None:
    try:
        os.rename(staged, place)
        sync_folder(os.path.dirname(place))
    except OSError as error:
        raise _failed("cannot be replaced", path, error) from None


def discard(staged: str) -> None:
    """The staged file away; none is no error."""
    try:
        os.unlink(staged)
    except OSError:  # what cannot be taken away does no harm: no tool reads such a name
        pass


def write(path: str, data: bytes, like: Optional[Kept] = None) -> None:
    """:func:`stage` and :func:`put` in one."""
    staged = stage(path, data, like)
    try:
        put(staged, path)
    except TrailError:
        discard(staged)
        raise


def remove(path: str) -> bool:
    """The file, or the link and not what it leads to, away; whether there was one.

    Raises:
        TrailError: It cannot be taken away.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _failed("cannot be removed", path, error) from None
    try:
        sync_folder(os.path.dirname(path) or ".")
    except OSError as error:
        raise _failed("is removed, but the folder cannot be synced", path, error) from None
    return True


def restore(kept: Kept) -> bool:
    """What :func:`look` saw, there again; whether anything had to be done.

    Raises:
        TrailError: It cannot be written or removed.
    """
    now = look(kept.path)
    if same(now, kept):
        return False
    if kept.link is not None and now.link != kept.link:
        _relink(kept.path, kept.link)
    # Where a link stands in the place of a file, the link is what goes; else what the path leads to.
    place = kept.path if kept.link is None else os.path.realpath(kept.path)
    if kept.data is None:
        remove(place)
    elif not same(look(kept.path), kept):
        staged = _stage(kept.path, place, kept.data, kept)
        try:
            os.utime(staged, ns=(kept.modified, kept.modified))
            _put(staged, kept.path, place)
        except (OSError, TrailError):
            discard(staged)
            raise
    return True


def same(one: Kept, other: Kept) -> bool:
    """Whether both are the same file in all but the time of its last change."""
    if one.absent and other.absent:
        return one.link == other.link
    return one._replace(path=other.path, modified=other.modified) == other


def leftovers(path: str) -> List[str]:
    """The staged files of this path that lie in its folder, of whatever run that did not end."""
    place = os.path.realpath(path)
    folder, name = os.path.split(place)
    pattern = re.compile(re.escape(_staged_stem(name)) + rb"[0-9a-f]{8}\Z")
    try:
        names = os.listdir(os.fsencode(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _failed("cannot be listed", folder, error) from None
    return [os.path.join(folder, os.fsdecode(found)) for found in sorted(names) if pattern.match(found)]


def sync_folder(folder: str) -> None:
    """The folder's entries on disk; some file systems know no such thing, and say EINVAL."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def _staged_stem(name: str) -> bytes:
    # The first byte keeps ls, globs and auditd's readdir from it; the end is none that they look for.
    return b"." + os.fsencode(name)[:_MOST_NAME] + os.fsencode(_MARK)


def _staged_name(place: str) -> str:
    folder, name = os.path.split(place)
    return os.path.join(folder, os.fsdecode(_staged_stem(name)) + os.urandom(4).hex())


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _dress(descriptor: int, model: Kept) -> None:
    """Owner, mode, access list and context of the model; for a new file what the kernel gave, with our mode."""
    if model.absent:
        os.fchmod(descriptor, NEW_MODE)
        return
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (model.uid, model.gid):
        os.fchown(descriptor, model.uid, model.gid)
    # A list that the folder's default gave would change what the mode means, so the list comes first.
    _set_attribute(descriptor, _ACL, model.acl)
    os.fchmod(descriptor, model.mode)
    if model.context is not None:
        _set_attribute(descriptor, _CONTEXT, model.context)


def _attribute(descriptor: int, name: str) -> Optional[bytes]:
    try:
        return os.getxattr(descriptor, name)
    except OSError as error:
        if error.errno in _NONE_HERE:
            return None
        raise


def _set_attribute(descriptor: int, name: str, value: Optional[bytes]) -> None:
    if _attribute(descriptor, name) == value:
        return
    if value is None:
        os.removexattr(descriptor, name)
    else:
        os.setxattr(descriptor, name, value)


def _relink(path: str, target: str) -> None:
    temporary = _staged_name(path)
    try:
        os.symlink(target, temporary)
        os.rename(temporary, path)
        sync_folder(os.path.dirname(path) or ".")
    except OSError as error:
        discard(temporary)
        raise _failed("the link cannot be put back", path, error) from None


def _refuse_fixed(place: str) -> None:
    """A file with chattr +i or +a is refused before anything is written: the rename would fail half-way."""
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


def _unwritten(path: str, size: int, error: OSError) -> TrailError:
    if error.errno in _FULL:
        what, remedy = _space(path, size, error.errno or 0)
        return TrailError(what, path, remedy=remedy)
    return _failed("cannot be written", path, error)


def _space(path: str, size: int, number: int) -> Tuple[str, str]:
    folder = os.path.dirname(os.path.realpath(path))
    if number == errno.EDQUOT:
        return "cannot be written: {0} bytes are needed, and the quota is used up".format(size), "raise the quota."
    try:
        room = os.statvfs(folder)
        free = "{0} bytes are free".format(room.f_bavail * room.f_frsize)
        if room.f_files and not room.f_favail:
            free += ", and no inode is"
    except OSError:
        free = "the disk is full"
    return (
        "cannot be written: {0} bytes are needed in {1}, where {2}".format(size, folder, free),
        "make room on that file system.",
    )


_REMEDIES = {
    errno.EROFS: "mount the file system for writing: a system of images is changed in its image.",
    errno.EACCES: "run it as root; where root is refused, see SELinux or AppArmor.",
    errno.EPERM: "run it as root; where root is refused, see 'lsattr' of the folder, and SELinux.",
    errno.ENOENT: "make the folder: it comes with the audit package.",
    errno.ENOTDIR: "a part of the path is a file: name another one.",
    errno.ELOOP: "the links lead in a circle: remove one.",
    errno.ENAMETOOLONG: "choose a shorter name.",
    errno.EINVAL: "name a file.",
}


def _failed(what: str, path: str, error: OSError) -> TrailError:
    number = error.errno or 0
    reason = error.strerror or str(error)
    return TrailError(
        "{0} ({1})".format(what, reason),
        path,
        remedy=_REMEDIES.get(number, "look at the disk and at the kernel's log."),
    )
