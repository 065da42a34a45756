# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that load, list and match nothing on a host: by their labels, or by a program that is a symbolic link."""

from typing import Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.labels import never_holds
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState


def why_hollow(rule: Rule, modules: Optional[Tuple[str, ...]], paths: PathState) -> str:
    """Why no event of this host can meet a rule, or an empty string.

    Args:
        rule: A rule or a requirement.
        modules: The host's security modules with labels; None where they are not known.
        paths: The evidence on paths.
    """
    label = never_holds(rule, modules)
    if label:
        return "no security module of this host answers {0}".format(label)
    for field in rule.fields("exe"):
        if field.op == "=" and is_link(str(field.value), paths):
            return "{0} is a symbolic link, and exe is compared with the program that runs: write exe={1}".format(
                field.value, paths.place(str(field.value), follow=True).real
            )
    return ""


def is_link(path: str, paths: PathState) -> bool:
    """Is the last part of the path a symbolic link? An exe rule stays with the link's own inode.

    kern_path_locked in audit_alloc_mark (kernel/audit_fsnotify.c) does not follow it.
    """
    return paths.place(path).symlinked


def without_linked_programs(rule: Rule, paths: PathState) -> Rule:
    """A rule without ``exe!=`` of a symbolic link: no program is that, so it always holds."""
    kept = tuple(
        c
        for c in rule.conditions
        if not (isinstance(c, Field) and c.name == "exe" and c.op == "!=" and is_link(str(c.value), paths))
    )
    return rule if len(kept) == len(rule.conditions) else rule._replace(conditions=kept)
