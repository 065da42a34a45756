# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that the kernel holds."""

from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.posture import auditctl, codec, evidence
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import list_rules
from ansible_collections.auditops.trail.plugins.module_utils.rules.listing import parse_listing
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.render import render


def collect(_context: Context, posture: Dict[str, Any]) -> Dict[str, Any]:
    """``source`` (netlink, or auditctl -l: which hides the action of a rule on a path) and ``loaded``.

    Raises:
        EvidenceError: neither netlink nor auditctl gives an answer; the words are netlink's.
    """
    evidence.require(posture, "host")
    dialect = evidence.dialect(posture)
    try:
        # Without a machine: the text is to be a line for the host's own auditctl, not for the newest.
        rules = [_with_text(rule, dialect) for rule in list_rules()]
        return {"source": "netlink", "loaded": codec.rules_to_plain(rules)}
    except EvidenceError as refused:
        text = auditctl.ask("-l")
        if text is None:
            raise refused
        return {"source": "auditctl -l", "loaded": codec.rules_to_plain(list(parse_listing(text, dialect)))}


def _with_text(rule: Rule, dialect: Dialect) -> Rule:
    """The rule with a line that means it, for people; the values stay what is judged."""
    try:
        text = render(rule, dialect)
    except RuleError:  # a field that another program loaded and this auditctl does not know
        text = "a rule of the {0} list that this auditctl cannot write".format(rule.list)
    return rule._replace(origin=rule.origin._replace(text=text))
