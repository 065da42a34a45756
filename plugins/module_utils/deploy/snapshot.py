# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel held before a change, to be kept and put back."""

import base64
from typing import Any, Dict, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

_MOST_NAMED = 10


class Snapshot(NamedTuple):
    """What can be put back.

    ``rules`` are struct audit_rule_data as AUDIT_LIST_RULES gives them, in its
    order. ``settings`` are those of ``compared.SETTINGS`` that this kernel
    has. ``boot_id`` tells whether the kernel is still the same one.
    """

    rules: Tuple[bytes, ...]
    settings: Dict[str, int]
    boot_id: str

    def to_plain(self) -> Dict[str, Any]:
        """As JSON has it."""
        rules = [base64.b64encode(payload).decode("ascii") for payload in self.rules]
        return {"rules": rules, "settings": dict(self.settings), "boot_id": self.boot_id}

    @classmethod
    def from_plain(cls, plain: Dict[str, Any]) -> "Snapshot":
        """The inverse of :meth:`to_plain`.

        Raises:
            EvidenceError: it is no snapshot.
        """
        try:
            rules = tuple(base64.b64decode(text, validate=True) for text in plain["rules"])
            settings = {str(name): int(value) for name, value in plain["settings"].items()}
            return cls(rules, settings, str(plain["boot_id"]))
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise EvidenceError(
                "this is no snapshot of the kernel's rules: {0!r}".format(exc),
                remedy="it cannot be put back: load the rules on disk with 'augenrules --load'.",
            ) from None


class Restored(NamedTuple):
    """What putting back took, ``added, removed, moved``, and the rules, as texts, that the kernel does not take any
    more: what they name is gone."""

    counts: Dict[str, int]
    gone: Tuple[str, ...]


def left_out(gone: Sequence[str]) -> str:
    """The end of a sentence on what was put back: all of it, or what was left out."""
    if not gone:
        return ""
    named = ", ".join(gone[:_MOST_NAMED]) + (" and more" if len(gone) > _MOST_NAMED else "")
    return ", but for {0} that the kernel does not take any more, since what they name is gone: {1}".format(
        "1 rule" if len(gone) == 1 else "{0} rules".format(len(gone)), named
    )
