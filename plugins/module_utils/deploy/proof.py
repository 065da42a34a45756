# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to hold before a transaction goes on: the kernel holds what was loaded, and nobody has changed a file."""

import os
from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files, original, recovery
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import kept_from_plain
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.folder import read_files

Plain = Dict[str, Any]
_RULES = ".rules"
_MOST_TOLD = 3


class Changed(TrailError):
    """What a transaction was proven with is not there any more."""


def rules_in(folder: Optional[str]) -> Dict[str, Optional[str]]:
    """What augenrules reads in a folder, by path, with its SHA-256."""
    if folder is None:
        return {}
    return digests(folder, read_files(folder))


def digests(folder: str, found: Mapping[str, bytes]) -> Dict[str, Optional[str]]:
    """Files of a folder by path, with the SHA-256 of what they hold.

    Args:
        folder: The folder.
        found: What its files hold, by name.
    """
    return {os.path.join(folder, name): original.digest(data) for name, data in found.items()}


def changed_since(folder: Optional[str], seen: Mapping[str, Optional[str]]) -> List[str]:
    """The files of a folder that are not as they were seen, those that came and went among them; in order."""
    now = rules_in(folder)
    return sorted(path for path in {*now, *seen} if now.get(path) != seen.get(path))


def refuse_moved_on(folder: Optional[str], seen: Mapping[str, Optional[str]]) -> None:
    """Refuse where the folder is not as it was when the load was simulated.

    Raises:
        Changed: Named by the file.
        TrailError: It cannot be read.
    """
    changed = changed_since(folder, seen)
    if changed:
        raise Changed(
            "was changed by somebody else while the load was worked out; nothing has changed",
            changed[0],
            remedy="run this again.",
        )


def expected(folder: Optional[str], changed: Mapping[str, Any], after: Mapping[str, Kept]) -> Plain:
    """What will be there after the change, provided that nobody else changes anything meanwhile."""
    found = {path: value for path, value in rules_in(folder).items() if path not in changed}
    for path, kept in after.items():
        name = os.path.basename(path)
        if folder is not None and os.path.dirname(path) == folder.rstrip("/") and name.endswith(_RULES):
            found[path] = original.digest(kept.data)
    return {path: value for path, value in found.items() if value is not None}


def can_be_committed(record: Plain, kernel: Any) -> bool:
    """Whether files and kernel are still what a pending transaction was proven with.

    Raises:
        TrailError: They cannot be read.
    """
    try:
        refuse_changed(record, kernel)
    except Changed:
        return False
    return True


def refuse_changed(record: Plain, kernel: Any) -> None:
    """Refuse where files or kernel are not what a pending transaction was proven with.

    A locked kernel is what it was; its rules are the next boot's to prove.

    Raises:
        Changed: They are not.
        TrailError: They cannot be read.
    """
    _refuse_edited(record)
    if not kernel.locked():
        _refuse_moved(kernel, record)


def _refuse_edited(record: Plain) -> None:
    """Refuse where a file is not as it was loaded: the change is not in what was proven.

    Raises:
        Changed: Named by the file.
    """
    changed = [
        path
        for path, kept in sorted(kept_from_plain(record["after"]["files"]).items())
        if not recovery.matches(files.look(path), kept)
    ]
    changed += changed_since(record["rules_dir"], record["seen"])
    if changed:
        more = sorted(set(changed[1:]) - {changed[0]})
        raise Changed(
            "was changed since {0} was loaded{1}".format(
                record["id"], ", and so was {0}".format(", ".join(more)) if more else ""
            ),
            changed[0],
            remedy="load the rules again with the change in them, or roll the transaction back.",
        )


def _refuse_moved(kernel: Any, record: Plain) -> None:
    """Refuse where the kernel does not hold the very rules that the transaction was proven with.

    Raises:
        Changed: It holds something else, or nothing was proven.
    """
    proven = record["after"]["kernel"]
    if proven is None:
        raise Changed(
            "the kernel was locked when {0} was loaded and is not any more: its rules have not been proven".format(
                record["id"]
            ),
            remedy="load the rules again.",
        )
    if not recovery.is_equal(kernel.snapshot(), proven, rules_only=True):
        raise Changed(
            "the kernel's rules are not those that {0} was proven with: something has changed them".format(
                record["id"]
            ),
            remedy="load the rules again, or roll the transaction back.",
        )


def refuse_differences(differences: List[Dict[str, Any]]) -> None:
    """Refuse where the kernel's answer differs: by the first few texts, and the first one's file and line.

    Raises:
        TrailError: There is a difference.
    """
    if not differences:
        return
    told = [str(found.get("text") or found) for found in differences[:_MOST_TOLD]]
    more = len(differences) - len(told)
    first = differences[0]
    raise TrailError(
        "the kernel does not hold what the files say: {0}{1}".format(
            "; ".join(told), "; and {0} more".format(more) if more else ""
        ),
        first.get("file"),
        first.get("line"),
        "see what the kernel's log and auditctl say of this line, and whether something else loads rules.",
    )
