# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a swap of two rules can make a difference."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import rule_order
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line

WATCH_A, WATCH_B, NEVER = "-w /a -p wa -k k", "-w /b -p wa -k k", "-a never,exit -F path=/a"
OTHER_KEY = "-w /b -p wa -k other"


def rules(*lines):
    return [parse_line(line, Dialect(), "rules", number).rule for number, line in enumerate(lines, 1)]


def texts(pairs):
    return [(one.origin.text, other.origin.text) for one, other in pairs]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([WATCH_A, NEVER], [NEVER, WATCH_A], [(WATCH_A, NEVER)]),
        ([WATCH_A, OTHER_KEY], [OTHER_KEY, WATCH_A], [(WATCH_A, OTHER_KEY)]),
        ([WATCH_A, WATCH_B], [WATCH_B, WATCH_A], []),
        ([WATCH_A, NEVER, WATCH_B], [WATCH_A, NEVER], []),
        ([WATCH_A, WATCH_B, NEVER], [WATCH_B, NEVER, WATCH_A], [(WATCH_A, NEVER)]),
        ([WATCH_A, NEVER], [WATCH_A, WATCH_B, NEVER], []),
        (
            ["-a never,exclude -F msgtype=CWD", "-a always,exclude -F msgtype=PATH"],
            ["-a always,exclude -F msgtype=PATH", "-a never,exclude -F msgtype=CWD"],
            [],
        ),
        (["-a never,task -F uid=1", WATCH_A], [WATCH_A, "-a never,task -F uid=1"], []),
        ([WATCH_A, "-A never,exit -F path=/a"], [NEVER, WATCH_A], []),
    ],
)
def test_only_a_swap_that_can_matter_is_told(one, other, expected):
    assert texts(rule_order.swapped(rules(*one), rules(*other))) == expected
