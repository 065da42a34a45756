# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The typed errors of the core; one boundary in each module turns them into fail_json."""

from typing import Any, Dict, Optional, Tuple


class TrailError(Exception):
    """Something could not be done or could not be checked.

    Args:
        message: What is wrong, in one sentence.
        file: The file (or other named source) where it was found, or None.
        line: The 1-based line number inside ``file``, or None.
        remedy: What the reader should do about it, or None.

    ``more`` is what a failed result tells besides, by name: plain data.
    """

    def __init__(
        self,
        message: str,
        file: Optional[str] = None,
        line: Optional[int] = None,
        remedy: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.more: Dict[str, Any] = {}
        self.message = message
        self.file = file
        self.line = line
        self.remedy = remedy

    @property
    def where(self) -> str:
        """``file:line``, as much of it as is known; empty where nothing is."""
        if self.file is None:
            return "" if self.line is None else "line {0}".format(self.line)
        return self.file if self.line is None else "{0}:{1}".format(self.file, self.line)

    def __str__(self) -> str:
        text = "{0}: {1}".format(self.where, self.message) if self.where else self.message
        if self.remedy:
            text = "{0} To mend it: {1}".format(text if text.endswith(".") else text + ".", self.remedy)
        return text


class RuleError(TrailError):
    """A rule or setting that auditctl or the kernel would refuse.

    ``before`` holds the statements (``rules.model.Statement``) that auditctl
    has carried out by then: ``-e 2 -b x`` locks the rules and fails.
    """

    before: Tuple[Any, ...] = ()


class RequirementError(TrailError):
    """A requirement that is not an event class (a never rule, a setting, ...)."""


class EvidenceError(TrailError):
    """Evidence that could not be read: a file, a command, netlink, a saved posture."""


class CatalogueError(TrailError):
    """A control, profile or parameter that does not hold together."""
