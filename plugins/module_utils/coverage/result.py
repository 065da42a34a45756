# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer to one requirement, as values and as plain data."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin

COVERED, PARTIAL, UNCOVERED, DEFEATED, UNKNOWN = "covered", "partial", "uncovered", "defeated", "unknown"
OUTCOMES = (COVERED, PARTIAL, UNCOVERED, DEFEATED, UNKNOWN)


class Blame(NamedTuple):
    """A line and, for a line that takes events away, how it does so."""

    origin: Origin
    why: str = ""

    def as_dict(self) -> Dict[str, Any]:
        """``rule``, ``file`` and ``line`` (null where not known), and ``why`` where there is one."""
        data: Dict[str, Any] = {
            "rule": self.origin.text,
            "file": self.origin.file,
            "line": self.origin.line,
        }
        if self.why:
            data["why"] = self.why
        return data


class Coverage(NamedTuple):
    """What becomes of the events that a requirement demands.

    ``counterexample`` is one event that is demanded and not recorded, with
    ``because``; it is given for partial, uncovered and defeated. ``missing``
    says for unknown which evidence is wanted. ``limits`` are events that no
    rule of the requirement's form can record on this host. ``incomplete``
    holds the rule of the exclude list for each record type that it drops beside
    the SYSCALL record, with the type as ``why``.
    """

    requirement: str
    outcome: str
    covered_by: Tuple[Blame, ...] = ()
    defeated_by: Tuple[Blame, ...] = ()
    counterexample: Optional[Dict[str, Any]] = None
    limits: Tuple[str, ...] = ()
    missing: Tuple[str, ...] = ()
    incomplete: Tuple[Blame, ...] = ()

    @property
    def because(self) -> str:
        """Why it is not covered: what the counterexample tells, or which evidence is wanted; empty for neither."""
        return (self.counterexample or {}).get("because") or "; ".join(self.missing)

    def as_dict(self) -> Dict[str, Any]:
        """The shape that audit_coverage_info returns, where ``incomplete`` is in words."""
        return {
            "requirement": self.requirement,
            "outcome": self.outcome,
            "covered_by": [blame.as_dict() for blame in self.covered_by],
            "defeated_by": [blame.as_dict() for blame in self.defeated_by],
            "counterexample": self.counterexample,
            "limits": list(self.limits),
            "missing": list(self.missing),
            "incomplete": ["{0} records are dropped by {1}".format(one.why, one.origin) for one in self.incomplete],
        }
