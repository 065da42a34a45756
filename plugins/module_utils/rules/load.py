# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of loading rules: the values that the simulation, netlink and saved listings all produce."""

from typing import Dict, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin, Rule


class Setting(NamedTuple):
    """A status value in force, and the line that set it (None: the kernel's or the default)."""

    value: int
    origin: Optional[Origin] = None


class Rejected(NamedTuple):
    """A line that auditctl or the kernel refused."""

    origin: Origin
    reason: str
    remedy: str = ""


class Removed(NamedTuple):
    """A rule that a line would have loaded, and what took it away.

    ``by`` is the -D, -d or -W that deleted it, or the line at which the load
    stopped before this rule, or a lock (-e 2) in front of it.
    """

    rule: Rule
    by: Origin
    why: str


class Load(NamedTuple):
    """The outcome of a load.

    ``loaded`` is in the kernel's load order (a rule with ``prepend`` stands
    where it was loaded: the reader of the list applies -A). ``stopped_at`` is
    the line that ended the load early, or None. ``settings`` holds the status
    values set by lines, by name (enabled, backlog_limit, failure, ...).
    ``complete`` is False where the evidence may lack rules.
    """

    loaded: Tuple[Rule, ...] = ()
    removed: Tuple[Removed, ...] = ()
    rejected: Tuple[Rejected, ...] = ()
    stopped_at: Optional[Origin] = None
    warnings: Tuple[str, ...] = ()
    settings: Dict[str, Setting] = {}
    live: bool = False
    """True for rules read from a running kernel, which may be older than today's mounts."""
