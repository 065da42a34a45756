# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assertions: JMESPath over the posture, on the controller.

In JMESPath an absent value compares as if it were something: ``a.b != `1` ``
is true when there is no ``a.b``. So every value that an assertion reads is
looked for first, and one that is absent is an error, never a verdict.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError, EvidenceError

try:
    import jmespath
    from jmespath.exceptions import JMESPathError
except ImportError as exc:
    jmespath = None
    JMESPathError = ValueError
    MISSING: ImportError | None = exc
else:
    MISSING = None


@lru_cache(maxsize=None)
def compiled(expression: str) -> Any:
    """The expression, compiled once.

    Raises:
        CatalogueError: it is not JMESPath, or jmespath is not installed on the controller.
    """
    if MISSING is not None:
        raise CatalogueError(
            "The Python library jmespath is not installed on the controller.",
            remedy="install it for the Python that runs ansible-playbook: python3 -m pip install jmespath.",
        ) from MISSING
    try:
        return jmespath.compile(expression)
    except (JMESPathError, TypeError, AttributeError) as exc:
        raise CatalogueError(f"{expression!r} is not a JMESPath expression: {exc}") from exc


def holds(expression: str, reads: tuple[str, ...], posture: dict[str, Any], parameters: dict[str, Any]) -> bool:
    """Whether the assertion holds on this posture.

    Args:
        expression: JMESPath; the site's and profiles' values are at ``params``.
        reads: Dotted paths of the posture's values that the expression needs.
        posture: The posture, with ``errors`` by part.
        parameters: What ``params`` holds.

    Raises:
        EvidenceError: a value is absent, its collector failed, or the values cannot be compared.
    """
    look_up(reads, posture)
    try:
        found = compiled(expression).search({**posture, "params": parameters})
    except (JMESPathError, TypeError, ValueError) as exc:  # a text compared with a number is a TypeError
        raise EvidenceError(f"{expression!r} could not be applied: {exc}") from exc
    if not isinstance(found, bool):
        raise EvidenceError(f"{expression!r} gave {found!r}, which is neither true nor false.")
    return found


def look_up(reads: tuple[str, ...], posture: dict[str, Any]) -> dict[str, Any]:
    """The named values of the posture.

    Raises:
        EvidenceError: one is absent or null, or its collector failed; the collector's own words are kept.
    """
    values = {}
    for path in reads:
        part = path.split(".")[0]
        failed = (posture.get("errors") or {}).get(part)
        if failed:
            raise EvidenceError(
                failed["message"], file=failed.get("file"), line=failed.get("line"), remedy=failed.get("remedy")
            )
        value: Any = posture
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            raise EvidenceError(f"This host's evidence has no {path}.")
        values[path] = value
    return values
