# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status, parse_status

FULL = """\
enabled 1
failure 1
pid 812
rate_limit 0
backlog_limit 8192
lost 3
backlog 0
backlog_wait_time 60000
backlog_wait_time_actual 12
loginuid_immutable 0 unlocked
"""


def test_a_status_of_today():
    assert parse_status(FULL) == Status(1, 1, 812, 0, 8192, 3, 0, 60000, 12, 0, 0)


def test_words_of_interpretation():
    text = FULL.replace("enabled 1", "enabled enabled+immutable").replace("failure 1", "failure panic")
    status = parse_status(text.replace("0 unlocked", "1 locked"))
    assert (status.enabled, status.failure, status.loginuid_immutable, status.loginuid_locked) == (2, 2, 1, 1)
    assert parse_status(FULL.replace("enabled 1", "enabled disable")).enabled == 0
    assert parse_status(FULL.replace("failure 1", "failure silent")).failure == 0


def test_what_an_old_release_does_not_print_is_none():
    text = "\n".join(FULL.splitlines()[:7])
    assert parse_status(text) == Status(1, 1, 812, 0, 8192, 3, 0)


def test_the_one_line_of_long_ago():
    text = "AUDIT_STATUS: enabled=1 flag=2 pid=1402 rate_limit=0 backlog_limit=320 lost=0 backlog=1"
    assert parse_status(text) == Status(1, 2, 1402, 0, 320, 0, 1)


@pytest.mark.parametrize(
    "text, line",
    [
        ("", None),
        ("No rules\n", 1),
        ("\x00\x01 junk\n", 1),
        (FULL.replace("failure 1\n", ""), None),
        (FULL.replace("failure 1", "failure one"), 2),
        (FULL.replace("enabled 1", "enabled silent"), 1),
        (FULL + "lost 3\n", 11),
        (FULL.replace("0 unlocked", "0 ajar"), 10),
        (FULL.replace("lost 3", "lost -3"), 6),
        (FULL + "loginuid_locked 1\n", 11),
        ("AUDIT_STATUS: enabled", 1),
    ],
)
def test_junk_is_no_status(text, line):
    with pytest.raises(EvidenceError) as caught:
        parse_status(text, "saved")
    assert (caught.value.file, caught.value.line) == ("saved", line)
    assert caught.value.remedy
