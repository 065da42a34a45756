# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of rules files, made where it is not there, and taken away again by what undoes the change.

An empty one is not nothing: without rules.d augenrules loads audit.rules as it
is, and of an empty rules.d it makes an empty audit.rules.
"""

import errno
import os
from typing import Mapping, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import file_errors, files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept

_MODE = 0o750  # as the audit package ships it


def lacking(folder: Optional[str], after: Mapping[str, Kept]) -> Tuple[str, ...]:
    """The folders to be made before files can lie in one, from the outermost on.

    Args:
        folder: The one.
        after: The files that are to be, by path. Where none of them lies there, nothing has to be made.
    """
    found = []
    if folder is not None and any(os.path.dirname(path) == folder and not one.absent for path, one in after.items()):
        while folder and not os.path.isdir(folder):
            found.append(folder)
            folder = os.path.dirname(folder)
    return tuple(reversed(found))


def make(found: Sequence[str]) -> None:
    """These folders, in this order; one that is there by now is none the worse.

    Raises:
        TrailError: One cannot be made.
    """
    for path in found:
        try:
            os.mkdir(path, _MODE)
            files.sync_folder(os.path.dirname(path) or ".")
        except OSError as error:
            if not os.path.isdir(path):
                raise file_errors.unmade(path, error) from None


def remove(found: Sequence[str]) -> None:
    """These folders away, the last first, as far as nothing lies in them.

    Raises:
        TrailError: An empty one cannot be taken away.
    """
    for path in reversed(found):
        try:
            os.rmdir(path)
            files.sync_folder(os.path.dirname(path) or ".")
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):  # somebody uses it by now
                return
            raise file_errors.failed("the folder cannot be removed", path, error) from None


def is_left_empty(folder: str, after: Mapping[str, Optional[bytes]]) -> bool:
    """Whether nothing lies in a folder once the files are as they are to be; of one that is not there as well."""
    if any(os.path.dirname(path) == folder and data is not None for path, data in after.items()):
        return False
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return all(os.path.join(folder, name) in after for name in names)
