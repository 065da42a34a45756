# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel held before a change, to be kept and put back."""

import base64
from typing import Any, Dict, NamedTuple, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError


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
