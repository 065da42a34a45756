# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of rsyslog's rules the messages of this host come to."""

import resource

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import syslog_rsyslog
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Message
from ansible_collections.auditops.trail.tests.unit import audited, roots

RECORD = Message("user", "info", "audisp-syslog", ("type=", "msg=audit("))
MAIN = "*.* @@outside\n"


def reached(tmp_path, text):
    roots.make(tmp_path, {"/etc/rsyslog.conf": text})
    return {one.name: one.reached for one in syslog_rsyslog.targets(Seen(audited.context(tmp_path)), RECORD)}


@pytest.mark.parametrize(
    ("condition", "outside"),
    [
        (" or ".join(["$fromhost-ip == '192.0.2.1'"] * 2000), None),
        (" or ".join(["$programname == 'x'"] * 2000), True),
        (" and ".join(["$programname == 'audisp-syslog'"] * 1200), False),
        (" or ".join(["$programname == 'x'"] * 1500 + ["$msg contains 'type='"]), False),
        ("$programname == 'x' and $fromhost == 'y' or $programname == 'audisp-syslog'", False),
        ("$programname == 'a or b' or $programname == 'c and d'", True),
    ],
)
def test_a_condition_of_thousands_of_comparisons_is_read_in_short_time(tmp_path, condition, outside):
    before = resource.getrusage(resource.RUSAGE_SELF)
    assert reached(tmp_path, "if " + condition + " then stop\n" + MAIN)["outside"] is outside
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before.ru_utime < 3
