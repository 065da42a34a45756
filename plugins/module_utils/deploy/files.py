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
import os
import re
import stat
from typing import List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy.file_errors import (
    failed,
    refuse_fixed,
    refuse_unremovable,
    unwritten,
)
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.host import open_file

NEW_MODE = 0o640
"""The mode of a file that was not there before, as augenrules gives it to audit.rules."""

MOST_BYTES = 64 * 1024 * 1024
"""More than any configuration has; such a file is not read into memory."""

_CONTEXT = "security.selinux"
_ACL = "system.posix_acl_access"  # acl(5); the mode is kept in step with it by the kernel
_NONE_HERE = (errno.ENODATA, errno.ENOTSUP, errno.ENOSYS)
_MARK = ".auditops-"
_MOST_NAME = 200  # bytes of the name that a staged one repeats: NAME_MAX is 255


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
        raise failed("cannot be read", path, error) from None
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
    refuse_fixed(place)
    staged = _staged_name(place)
    try:
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unwritten(path, len(data), error) from None
    try:
        try:
            _write(descriptor, data)
            _dress(descriptor, model)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        discard(staged)
        raise unwritten(path, len(data), error) from None
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
        raise failed("cannot be replaced", path, error) from None


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
        raise failed("cannot be removed", path, error) from None
    try:
        sync_folder(os.path.dirname(path) or ".")
    except OSError as error:
        raise failed("is removed, but the folder cannot be synced", path, error) from None
    return True


def restore(kept: Kept) -> bool:
    """The path as it is described, usually by an earlier :func:`look`; whether anything had to be done.

    Raises:
        TrailError: It cannot be written or removed.
    """
    if same(look(kept.path), kept):
        return False
    staged = prepare(kept)
    try:
        apply(kept, staged)
    except TrailError:
        if staged is not None:
            discard(staged)
        raise
    return True


def with_content(before: Kept, data: bytes, mode: int = NEW_MODE) -> Kept:
    """A file with other content, all else as it was; ``mode`` is that of a file which is made new."""
    if before.absent:
        return Kept(before.path, data, mode, os.geteuid(), os.getegid(), link=before.link)
    return before._replace(data=data, modified=0)


def in_order(wanted: Mapping[str, Kept]) -> List[Tuple[str, Kept]]:
    """Files in the order in which they are to be put, so that a machine that goes down between them loses least.

    Of a folder first what is written, then what is taken away; what lies above it, and is made of it, comes last.
    """
    return sorted(wanted.items(), key=lambda found: (-found[0].count(os.sep), found[1].absent, found[0]))


def prepare(kept: Kept) -> Optional[str]:
    """All of :func:`restore` that can fail for want of room or rights, while the path stays as it is.

    Returns:
        The staged file for :func:`apply`; None where none is needed.

    Raises:
        TrailError: It cannot be written, or a file that is to go cannot be removed.
    """
    now = look(kept.path)
    if same(now, kept):
        return None
    if kept.data is None:
        refuse_unremovable(place_of(kept))
        return None
    staged = _stage(kept.path, place_of(kept), kept.data, kept)
    if kept.modified:
        os.utime(staged, ns=(kept.modified, kept.modified))
    return staged


def apply(kept: Kept, staged: Optional[str]) -> None:
    """The path as it is described, with what :func:`prepare` staged for it.

    Raises:
        TrailError: A rename or a removal fails; what was done before it stays done.
    """
    if kept.link is not None and look(kept.path).link != kept.link:
        _relink(kept.path, kept.link)
    if kept.data is None:
        remove(place_of(kept))
    elif staged is not None:
        _put(staged, kept.path, place_of(kept))


def place_of(kept: Kept) -> str:
    """Where the data lies: behind the link, where there is to be one; else a link that stands there is what goes."""
    if kept.link is None:
        return kept.path
    return os.path.realpath(os.path.join(os.path.dirname(kept.path), kept.link))


def same(now: Kept, kept: Kept) -> bool:
    """Whether a file is as it is described, in all but the time of its last change.

    A description without a context leaves it to the kernel, which gives every file one where SELinux is on.
    """
    if now.absent and kept.absent:
        return now.link == kept.link
    context = now.context if kept.context is None else kept.context
    return now._replace(path=kept.path, modified=kept.modified) == kept._replace(context=context)


def leftovers(path: str) -> List[str]:
    """The staged files of this path that lie beside it or what it leads to, of whatever run that did not end."""
    found = []
    for place in sorted({path, os.path.realpath(path)}):
        folder, name = os.path.split(place)
        pattern = re.compile(re.escape(_staged_stem(name)) + rb"[0-9a-f]{8}\Z")
        try:
            names = os.listdir(os.fsencode(folder or "."))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise failed("cannot be listed", folder, error) from None
        found += [os.path.join(folder, os.fsdecode(name)) for name in sorted(names) if pattern.match(name)]
    return found


def is_staged(name: str) -> bool:
    """Whether a file's name is one that :func:`stage` gives."""
    return name.startswith(".") and re.search(re.escape(_MARK) + "[0-9a-f]{8}\\Z", name) is not None


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
        raise failed("the link cannot be put back", path, error) from None
