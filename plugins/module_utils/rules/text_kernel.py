# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel refuses of a condition that auditctl takes.

``audit_field_valid`` and ``audit_data_to_entry`` of kernel/auditfilter.c.
"""

from typing import NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.rules.model import UNSET, Field

UIDS = frozenset(("uid", "euid", "suid", "fsuid", "auid", "obj_uid"))
GIDS = frozenset(("gid", "egid", "sgid", "fsgid", "obj_gid"))
PATHS = frozenset(("path", "dir", "watch"))
MOST_PATH = 4096  # PATH_MAX
_EQUALITY = ("=", "!=")

# audit_field_valid(): these take = and != alone, and bit operators only on the next.
_EQUALITY_FOR_KERNEL = frozenset(
    ("subj_user", "subj_role", "subj_type", "obj_user", "obj_role", "obj_type", "key", "filetype", "field_compare")
)
BIT_FIELDS = frozenset(("a0", "a1", "a2", "a3", "pers", "devminor"))


class Refusal(NamedTuple):
    """Why the kernel will not take what auditctl takes, and what to write instead."""

    reason: str
    remedy: str


def kernel_refusal(field: Field, list_name: Optional[str]) -> Optional[Refusal]:
    """Why the kernel answers EINVAL to a condition by itself, and what to do about it; or None.

    Follows audit_field_valid(), audit_to_watch(), audit_make_tree() and
    audit_alloc_mark(). Conditions that clash with each other are
    :meth:`.text_rule.Draft.rule`'s.
    """
    name, op, value = field
    if list_name == "filesystem" and name not in ("fstype", "key"):
        return Refusal(
            "the filesystem list takes fstype and key alone",
            "leave {0} out, or write the rule for the list exit.".format(name),
        )
    if name in PATHS or name == "exe":
        return _path_refusal(name, op, str(value))
    if op in ("&", "&=") and name not in BIT_FIELDS:
        return Refusal(
            "the kernel takes {0} on a0 to a3, pers and devminor alone".format(op), "write {0} with =.".format(name)
        )
    if name in _EQUALITY_FOR_KERNEL and op not in _EQUALITY:
        return Refusal("the kernel takes {0} with = and != alone".format(name), "write {0} with = or !=.".format(name))
    if value == UNSET:
        if name == "auid":
            if op in _EQUALITY:
                return None
            return Refusal("the kernel takes an unset auid with = and != alone", "write auid=unset or auid!=unset.")
        if name in UIDS or name in GIDS:
            return Refusal(
                "the kernel has no unset {0}".format(name), "leave {0} out: auid alone can be unset.".format(name)
            )
    return None


def _path_refusal(name: str, op: str, value: str) -> Optional[Refusal]:
    if name != "exe" and op != "=":
        return Refusal(
            "the kernel takes {0} with = alone".format(name),
            "leave {0} out; `-a never,exit -F {0}={1}` on a line before it excepts it from all rules behind.".format(
                name, value
            ),
        )
    if not value.startswith("/"):
        return Refusal("the kernel takes absolute paths alone", "write the path of {0} from / on.".format(name))
    if name in ("path", "exe") and value.endswith("/"):
        slashless = "{0}={1}".format(name, value.rstrip("/") or "/FILE")
        better = slashless if name == "exe" else "{0}, or dir={1} for all that is in it".format(slashless, value)
        return Refusal("the kernel takes no {0} that ends in a slash".format(name), "write {0}.".format(better))
    if len(value.encode("utf-8", "surrogateescape")) >= MOST_PATH:
        return Refusal("the path is longer than the kernel takes", "use a directory above it, with dir=.")
    return None
