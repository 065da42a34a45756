# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lay there before the first transaction ever, so that a host can be given back.

A path comes in with the first transaction that changes it, and leaves when that
one is rolled back: what the host's owner has done meanwhile is then what counts.
"""

import hashlib
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store, kept_from_plain, kept_to_plain

NAME = "original"
Plain = Dict[str, Any]
NOTHING: Plain = {"files": {}, "ours": {}}
"""The document of a host on which nothing is ours."""


class GivenBack(NamedTuple):
    """``files`` are to be put back as they were; ``left`` are paths that stay: somebody made the file anew since it
    was purged. ``settings`` are the kernel's values before the first change, ``there`` what rules.d held then: the
    SHA-256 of each file by path. ``made`` are the folders that the first change had to make, ``edited`` the paths
    among ``files`` that hold what no change has put there: it goes with what is put back."""

    files: Dict[str, Kept]
    left: List[str]
    settings: Dict[str, int]
    there: Dict[str, str]
    made: Tuple[str, ...]
    edited: List[str]


def load(store: Store) -> Plain:
    """The document: ``files`` as they were, by path, and of each in ``ours`` the SHA-256 of what was put there last
    (None: it was taken away); ``settings``, the kernel's values then, ``there``, what rules.d held then, and ``made``,
    the folders that had to be made for it."""
    found = store.load(NAME)
    return NOTHING if found is None else found


def with_change(
    document: Plain, before: Mapping[str, Kept], after: Mapping[str, Kept], first: Optional[Mapping[str, Any]] = None
) -> Plain:
    """The document after a change of files: what is in it already stays, since it is older.

    Args:
        document: As it was.
        before: The files before the change.
        after: And after it.
        first: ``settings``, ``there`` and ``made`` of the change, for the document of the first one.
    """
    kept = dict(document["files"])
    for path, plain in kept_to_plain(before).items():
        kept.setdefault(path, plain)
    ours = dict(document["ours"], **{path: digest(one.data) for path, one in after.items()})
    return dict(first or {}, **dict(document, files=kept, ours=ours))


def given_back(store: Store) -> GivenBack:
    """What gives the host back: the files of every change, as they were before the first.

    Raises:
        TrailError: The state folder or a file cannot be read.
    """
    document = load(store)
    wanted, left, edited = {}, [], []
    for path, kept in sorted(kept_from_plain(document["files"]).items()):
        now, ours = files.look(path), document["ours"].get(path)
        if kept.data is not None and ours is None and not now.absent:
            left.append(path)
            continue
        wanted[path] = kept
        if not now.absent and now.data != kept.data and digest(now.data) != ours:
            edited.append(path)
    settings, there = document.get("settings") or {}, document.get("there") or {}
    return GivenBack(wanted, left, settings, there, made(document), edited)


def made(document: Plain) -> Tuple[str, ...]:
    """The folders that were not there before the first change."""
    return tuple(document.get("made") or ())


def digest(data: Optional[bytes]) -> Optional[str]:
    """The SHA-256 of a file's content, in hexadecimal; None of a file that is not there."""
    return None if data is None else hashlib.sha256(data).hexdigest()
