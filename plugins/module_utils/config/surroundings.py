# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parsers look up on the host while they read: files that a value names, and groups."""

import grp
import os
import stat
from typing import Callable, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError


class Seen(NamedTuple):
    """What a path leads to: whether that is a regular file or a directory, its owner and its permission bits."""

    regular: bool
    directory: bool
    uid: int
    mode: int
    link: bool = False


class Surroundings(NamedTuple):
    """``look`` returns None where there is nothing and raises EvidenceError where it cannot tell;
    ``gid`` gives a group's number, or None for a name that is not known."""

    look: Callable[[str], Optional[Seen]]
    gid: Callable[[str], Optional[int]]


def look(place: str, path: str) -> Optional[Seen]:
    """What lies at ``place``, which the messages call ``path``.

    Raises:
        EvidenceError: it cannot be told.
    """
    try:
        found = os.stat(place)
        link = os.path.islink(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as exc:
        raise EvidenceError(
            "cannot be looked at: {0}".format(getattr(exc, "strerror", exc)), path, remedy="run as root."
        ) from None
    return Seen(
        stat.S_ISREG(found.st_mode), stat.S_ISDIR(found.st_mode), found.st_uid, stat.S_IMODE(found.st_mode), link
    )


def gid(name: str) -> Optional[int]:
    """A group's number, or None where the group database does not know it."""
    try:
        return grp.getgrnam(name).gr_gid
    except (KeyError, ValueError):
        return None


def of_host(path: Callable[[str], str] = str) -> Surroundings:
    """This host's; ``path`` says where a path of the host lies for this process."""
    return Surroundings(lambda name: look(path(name), name), gid)
