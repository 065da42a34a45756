# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path of ``-w`` and ``-W``, as check_path() of src/auditctl.c takes it."""

from typing import List

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_kernel import MOST_PATH

_MOST_NAME = 255  # NAME_MAX


def check_path(path: str) -> List[str]:
    """What auditctl warns of.

    Raises:
        RuleError: It takes no such path.
    """
    size = len(path) if len(path) < _MOST_NAME // 4 else len(path.encode("utf-8", "surrogateescape"))
    if size >= MOST_PATH:
        raise RuleError(
            "The path passed for the watch is too big",
            remedy="watch a directory above it: a path has less than {0} bytes.".format(MOST_PATH),
        )
    if path[:1] != "/":
        raise RuleError(
            "The path must start with '/'", remedy="write the path from / on: auditctl expands no ~ and no variable."
        )
    if size > _MOST_NAME:
        base = path.rstrip("/").rpartition("/")[2]
        if len(base.encode("utf-8", "surrogateescape")) > _MOST_NAME:
            raise RuleError(
                "The base name of the path is too big",
                remedy="watch the directory: a name in it has {0} bytes at most.".format(_MOST_NAME),
            )
    warnings = []
    if ".." in path:
        warnings.append("Warning - relative path notation is not supported")
    if "*" in path or "?" in path:
        warnings.append("Warning - wildcard notation is not supported")
    return warnings
