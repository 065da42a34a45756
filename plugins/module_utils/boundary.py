# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place where the core's typed errors become a module's failure."""

from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError


def failure(error: TrailError) -> Dict[str, Any]:
    """The arguments of fail_json for an error: one sentence that holds everything, and its parts apart."""
    return {
        "msg": printable(str(error)),
        "file": printable(error.file),
        "line": error.line,
        "remedy": printable(error.remedy),
        **printable(error.more),
    }


def fail_with(module: Any, error: TrailError) -> None:
    """End the module with the error."""
    module.fail_json(**failure(error))


def printable(value: Any) -> Any:
    """Plain data in which bytes that are not UTF-8 (kept as surrogates so far) are shown as ``\\xNN``.

    Rules and file names are bytes; a result is JSON that others must be able to write out again.
    """
    if isinstance(value, str):
        try:
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        except UnicodeEncodeError:  # a surrogate that stands for no byte
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(item) for item in value]
    return value
