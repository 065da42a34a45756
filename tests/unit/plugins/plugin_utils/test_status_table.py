# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick check as a table: every host has its row, and what is not well is named below."""

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import status_table  # noqa: E402

pytestmark = pytest.mark.controller

GOOD = {
    "healthy": True,
    "criteria": [{"name": "daemon", "ok": True, "text": "auditd runs"}],
    "not_applicable": None,
    "status": {
        "daemon": {"pid": 512, "comm": "auditd", "is_auditd": True},
        "rules": {"kernel": 212, "equal": True, "differences": []},
        "kernel": {"enabled": 2, "backlog": 0, "backlog_limit": 8192, "lost": 0},
        "log": {"bytes": 5 << 20, "files": [{}, {}], "rotates": True, "num_logs": 40, "max_log_file": 64,
                "retention_days": 310.2, "filesystem": {"free_percent": 71.4}},
    },
}  # fmt: skip


def changed(**parts):
    return dict(GOOD, status=dict(GOOD["status"], **parts))


def test_a_host_that_is_well_is_one_row():
    lines, bad = status_table.rows({"web1": GOOD})
    assert [line.split("  ") for line in lines][0][0] == "HOST"
    assert [cell.strip() for cell in lines[1].split("  ") if cell] == [
        "web1", "auditd (512)", "212, as on disk, locked", "5.0 MiB in 2 files", "40 x 64 MiB, 310 days, 71 % free",
        "0 of 8192", "0",
    ]  # fmt: skip
    assert bad == []


def test_a_line_that_is_left_out_is_told_of_a_host_that_is_well():
    lines, bad = status_table.rows({"web1": changed(rules={"kernel": 3, "equal": True, "differences": ["one", "two"]})})
    assert (lines[2:], bad) == (["  web1: one", "  web1: two"], [])
    assert "3, as on disk" in lines[1]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"daemon": {"pid": 0, "comm": None, "is_auditd": False}}, "NONE"),
        ({"daemon": {"pid": 9, "comm": "auditbeat", "is_auditd": False}}, "auditbeat (9), NOT auditd"),
        ({"daemon": None}, "unknown"),
        ({"daemon": None, "kernel": None, "off_at_boot": "started with audit=0"}, "OFF AT BOOT"),
        ({"rules": {"kernel": 3, "equal": False, "differences": ["a", "b"]}}, "3, DIFFER (2), locked"),
        ({"kernel": None}, "unknown"),
        ({"log": {"bytes": 0, "files": [], "max_log_file": 8, "max_log_file_action": "ignore"}}, "NONE (ignore)"),
        ({"log": {"bytes": 0, "files": [], "max_log_file": 8, "keeps": True}}, "keeps all, 8 MiB each"),
    ],
)
def test_what_is_wrong_or_unknown_stands_in_its_column(parts, words):
    assert words in status_table.rows({"web1": changed(**parts)})[0][1]


@pytest.mark.parametrize(
    ("kind", "role"), [("rules", "audit_rules"), ("settings", "auditd"), ("boot", "auditd"), ("new", "that made it")]
)
def test_an_interrupted_run_is_told_below_with_what_to_do(kind, role):
    left = {"kind": kind, "step": "put /etc/audit/rules.d/30-a.rules", "since": "2026-11-26T17:00:00Z"}
    lines, bad = status_table.rows({"web1": changed(interrupted=left, pending=None), "web2": GOOD})
    (line,) = lines[3:]
    assert line.startswith(
        f"  web1: a change of {kind} was interrupted at 2026-11-26T17:00:00Z, at the step 'put /etc/"
    )
    assert line.endswith(f": run the role {role} again, it finishes or undoes it")
    assert bad == []


def test_an_interrupted_run_of_which_little_is_known_is_told_too():
    lines, _bad = status_table.rows({"web1": changed(interrupted={"kind": "rules", "step": "", "since": None})})
    assert "interrupted at an unknown time, at the step 'unknown'" in lines[2]


def test_rules_that_nobody_has_committed_are_told_below():
    lines, bad = status_table.rows({"web1": changed(interrupted=None, pending="rules-20261126T170000.000000Z-1a2b")})
    assert lines[2].startswith("  web1: the rules of rules-20261126T170000.000000Z-1a2b are loaded and not committed: ")
    assert bad == []


def test_hosts_without_an_answer_have_a_row_and_are_not_well():
    lines, bad = status_table.rows(
        {
            "web1": GOOD,
            "web2": {"unreachable": True, "msg": "timed\nout"},
            "web3": None,
            "web4": {"msg": "no python"},
            "box": {"status": {}, "not_applicable": {"reason": "this is a container"}},
            "web6": {
                "status": {"off_at_boot": "audit=0"},
                "not_applicable": None,
                "healthy": False,
                "criteria": [{"name": "daemon", "ok": False, "text": "started with audit=0"}],
            },
            "web5": dict(GOOD, healthy=False, criteria=[{"name": "daemon", "ok": False, "text": "nobody listens"}]),
        }
    )
    text = "\n".join(lines)
    assert "web2  not reached: timed out" in text
    assert "web3  not reached: it was never asked" in text
    assert "web4  not told: no python" in text
    assert "box   not applicable: this is a container" in text
    assert "  web5: nobody listens" in text
    assert "web6  OFF AT BOOT" in text and "  web6: started with audit=0" in text
    assert bad == ["web2", "web3", "web4", "web6", "web5"]
