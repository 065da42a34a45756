# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of rules.d that augenrules reads, in its order, and what is in them."""

import errno
import os
import re
import stat
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.version_sort import version_sorted

MOST_BYTES = 16 << 20
"""More than this in one rules file is taken for a mistake, not for rules."""

_QUOTES_NAMES = (4, 2)  # NUL-delimited names came with v4.2


def read_files(directory: str) -> Dict[str, bytes]:
    """What augenrules reads in a folder: content by name, in its order; nothing where the folder is not there.

    Left out is what it goes on without: a folder, a link that leads nowhere, a file that a link to /dev/null masks.

    Raises:
        EvidenceError: The folder or one of its files cannot be read.
    """
    if not os.path.lexists(directory):
        return {}
    return {os.path.basename(path): data for path, data in streams(directory, _QUOTES_NAMES, {}, [])}


def streams(
    directory: str, version: Tuple[int, ...], changes: Mapping[str, Optional[bytes]], warnings: List[str]
) -> Iterator[Tuple[str, bytes]]:
    """The files that ``cat`` would be given and could read, in order: name and content.

    Args:
        directory: The folder.
        version: The audit package's version.
        changes: Files in another state: content by name, None for one that is to be gone.
        warnings: Gets what augenrules goes on without.

    Raises:
        EvidenceError: The folder or one of its files cannot be read.
    """
    folder = os.fsencode(directory)
    changed = {os.fsencode(name): data for name, data in changes.items()}
    names = [name for name in _names(folder, bool(changed)) if name not in changed]
    names += [name for name, data in changed.items() if data is not None]
    visible = version_sorted(name for name in names if not name.startswith(b"."))
    if version >= _QUOTES_NAMES:
        words = [name for name in visible if name.endswith(b".rules")]
    else:
        words = _shell_words(directory, visible, warnings)
    for word in words:
        path = os.path.join(folder, word)
        shown = os.fsdecode(path)
        given = changed.get(word)
        if given is not None:
            yield shown, given
            continue
        if _is_mask(path):
            continue
        try:
            data, _status = read(path)
        except _Skipped as reason:
            warnings.append("{0}: {1}: augenrules goes on without it".format(shown, reason))
            continue
        yield shown, data


def _is_mask(path: bytes) -> bool:
    """Whether it is /dev/null, to which a link is made so that a file says nothing: to ``cat`` it is empty."""
    try:
        status = os.stat(path)
    except OSError:
        return False
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.makedev(1, 3)


def _names(folder: bytes, may_be_missing: bool) -> List[bytes]:
    try:
        return os.listdir(folder)
    except FileNotFoundError as error:
        if may_be_missing:
            return []
        failed: OSError = error
    except OSError as error:
        failed = error
    raise EvidenceError(
        "the rules folder cannot be read ({0})".format(failed.strerror),
        os.fsdecode(folder),
        remedy="name a folder that exists, and read it as root.",
    )


def _shell_words(directory: str, names: List[bytes], warnings: List[str]) -> List[bytes]:
    """The words that ``for rules in $(ls | grep)`` makes of the names (before 4.2)."""
    words: List[bytes] = []
    for line in b"\n".join(names).split(b"\n"):
        if not line.endswith(b".rules"):
            continue
        found = [word for word in re.split(rb"[ \t]+", line) if word]
        if found != [line]:
            warnings.append(
                "{0}: augenrules before 4.2 takes the file name {1!r} for several: rename it".format(
                    directory, os.fsdecode(line)
                )
            )
        if re.search(rb"[*?\[]", line):
            # The shell expands it, in the directory the service was started in.
            raise EvidenceError(
                "augenrules before 4.2 hands this name to the shell as a pattern: what it reads depends on the"
                " directory it is started in",
                os.path.join(directory, os.fsdecode(line)),
                remedy="rename the file.",
            )
        words.extend(found)
    return words


class _Skipped(EvidenceError):
    """A name that ``cat`` fails on for certain, whoever runs it."""


def read(path: bytes) -> Tuple[bytes, os.stat_result]:
    """The content of a regular file.

    Raises:
        _Skipped: It is a folder, or a link that leads nowhere.
        EvidenceError: It cannot be read, or reading it makes no sense.
    """
    shown = os.fsdecode(path)
    try:
        # Without O_NONBLOCK a FIFO would hold us here, as it would hold augenrules.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            raise _Skipped(
                "a link that leads nowhere", shown, remedy="remove the link, or make what it leads to."
            ) from None
        raise EvidenceError(
            "the rules file cannot be read ({0})".format(error.strerror), shown, remedy="read it as root."
        ) from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise _Skipped("a folder, not a file", shown, remedy="move it elsewhere.")
        if not stat.S_ISREG(status.st_mode):
            raise EvidenceError(
                "not a regular file: augenrules might wait on it for ever", shown, remedy="replace it by a file."
            )
        if status.st_size > MOST_BYTES:
            raise EvidenceError(
                "{0} MiB are more than any rule set has".format(status.st_size >> 20),
                shown,
                remedy="find out what wrote it, and remove it.",
            )
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(MOST_BYTES), status
    except OSError as error:
        raise EvidenceError(
            "the rules file cannot be read ({0})".format(error.strerror), shown, remedy="look at the disk."
        ) from None
    finally:
        os.close(descriptor)
