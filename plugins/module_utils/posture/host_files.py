# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small text files and links of the host: what is absent, and what could not be seen, told apart."""

import os
import stat
from typing import Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

MOST_BYTES = 4 << 20
"""No text file that these collectors read is larger; of a larger one the beginning is read, which is told."""
_PIECE = 1 << 16


def text(context: Context, path: str, unseen: List[str]) -> Optional[str]:
    """The content of a file, or None where there is none; one that cannot be read is added to ``unseen``."""
    found = data(context, path, unseen, MOST_BYTES)
    return None if found is None else found.decode("utf-8", "surrogateescape")


def data(context: Context, path: str, unseen: List[str], most: int) -> Optional[bytes]:
    """The bytes of a file, or None where there is none; what cannot be read, or lies behind ``most``, is told."""
    try:
        # A FIFO in the place of a file would hold an ordinary open() for ever.
        descriptor = os.open(context.path(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            kind = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):  # of a folder the read below says so
                unseen.append("{0}: not a file".format(path))
                return None
            content = _content(descriptor, most)
            if len(content) > most:
                unseen.append("{0}: what comes after its first {1} bytes is not read".format(path, most))
            return content[:most]
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        unseen.append("{0}: {1}".format(path, exc.strerror))
        return None


def _content(descriptor: int, most: int) -> bytes:
    """Piece by piece: for a file in /proc/sys the kernel sets aside as much memory as a read asks for."""
    pieces, length = [], 0
    while length <= most:
        piece = os.read(descriptor, _PIECE)
        if not piece:
            break
        pieces.append(piece)
        length += len(piece)
    return b"".join(pieces)


def names(context: Context, folder: str, unseen: List[str]) -> List[str]:
    """The names in a folder, sorted; none where it is not there. An unreadable one is added to ``unseen``."""
    try:
        return sorted(os.listdir(context.path(folder)))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as exc:
        unseen.append("{0}: {1}".format(folder, exc.strerror))
        return []


def link(context: Context, path: str) -> Optional[str]:
    """Where a symbolic link leads, or None where it is none or cannot be read."""
    try:
        return os.readlink(context.path(path))
    except OSError:
        return None


def is_masked(context: Context, path: str) -> bool:
    """Whether a unit, or a drop-in of one, is a link to /dev/null: systemd takes it for none (systemctl(1), mask)."""
    return link(context, path) == "/dev/null"


def there(context: Context, path: str) -> bool:
    """Whether something is there, as far as this process can see."""
    return os.path.lexists(context.path(path))


def os_release(context: Context, unseen: List[str]) -> Optional[Dict[str, str]]:
    """The values of os-release(5) by name, or None where the host has no such file; one that cannot be read is added to
    ``unseen``."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        content = text(context, path, unseen)
        if content is not None:
            pairs = (line.partition("=") for line in content.splitlines() if not line.startswith("#"))
            return {name.strip(): _unquoted(value.strip()) for name, sign, value in pairs if sign}
    return None


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value.replace('\\"', '"').replace("\\$", "$").replace("\\`", "`").replace("\\\\", "\\")
