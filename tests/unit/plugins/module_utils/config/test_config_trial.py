# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a trial of auditd comes to: its message is tied to the line, and no trial is never taken for a proof."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.config import sandbox, trial
from ansible_collections.auditops.trail.plugins.module_utils.config.sandbox import Ran
from ansible_collections.auditops.trail.plugins.module_utils.config.shipped import shipped
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

DEBIAN = (3, 0, 9)
CONF = (
    b"# mine\nlocal_events = yes\nlog_file = /var/log/audit/audit.log\nnum_logs = 5\ntcp_listen_port = 60\nfreq = 1\n"
)
UP = Ran(None, b"Init complete, auditd 3.0.9 listening\n", True, 0.3)


class Daemon:
    """An auditd whose answers are given: one to each start."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.started = []

    def __call__(self, arguments, files, folders, seconds, ready, settle):
        self.started.append((arguments, files, folders))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def copy(self):
        return self.started[0][1][trial.FOLDER + "/auditd.conf"].decode()


def refused(text, status=6):
    return Ran(status, text.encode(), False, 0.01)


def test_a_daemon_that_stays_up_has_taken_the_file():
    daemon = Daemon(UP)
    proof = trial.prove(CONF, DEBIAN, "/sbin/auditd", daemon)
    assert (proof.by, proof.refusal) == ("daemon", None)
    for name in ("local_events", "log_file", "plugin_dir", "tcp_listen_port"):
        assert name in proof.reason


def test_the_copy_takes_no_events_listens_nowhere_and_has_folders_of_its_own():
    daemon = Daemon(UP)
    trial.prove(CONF + b"plugin_dir = /etc/audit/plugins.d\nLOCAL_events = yes\n", DEBIAN, "/sbin/auditd", daemon)
    lines = daemon.copy.splitlines()
    assert "local_events = no" in lines
    assert not [line for line in lines if "yes" in line or "/var/log" in line or "/etc/" in line or "60" in line]
    assert lines.count("num_logs = 5") == 1
    assert daemon.started[0][0] == ["/sbin/auditd", "-f", "-s", "nochange", "-c", trial.FOLDER]


def test_audispd_is_not_started_where_there_is_one():
    daemon = Daemon(UP)
    trial.prove(shipped("auditd", "/etc/audit/auditd.conf", (2, 8, 5)), (2, 8, 5), "/sbin/auditd", daemon)
    assert "dispatcher" not in daemon.copy
    assert "plugin_dir" not in daemon.copy  # no key of 2.8: it would be refused


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("Value bad should only be numbers - line 6\nThe audit daemon is exiting.\n", 3),
        ('Unknown keyword "x" in line 7 of /run/auditops-trail/auditd.conf\n', 4),
        ("local_events_parser called with: no\n" * 4 + "num_logs must be 999 or less\n", 4),
        ("Error - space_left(25) must be larger than admin_space_left(50)\n", None),
        ("x_parser called with: no\n" * 5 + "Error - space_left(25) must be larger\n", None),
        ("Value no - line 2\n", None),
    ],
)
def test_the_line_of_a_refusal_is_that_of_the_file_and_not_of_the_copy(said, line):
    proof = trial.prove(CONF, DEBIAN, "/sbin/auditd", Daemon(refused(said), UP))
    assert proof.by == "daemon"
    assert proof.line == line
    assert "exiting" not in proof.refusal and "called with" not in proof.refusal and "/run" not in proof.refusal


def test_a_daemon_that_refuses_even_a_good_file_proves_nothing():
    proof = trial.prove(
        CONF, DEBIAN, "/sbin/auditd", Daemon(refused("Cannot open netlink audit socket\n", 1), refused("no", 1))
    )
    assert (proof.by, proof.refusal) == ("table", None)
    assert "whatever the file" in proof.reason


def test_a_crash_is_a_refusal():
    assert "signal 11" in trial.prove(CONF, DEBIAN, "/sbin/auditd", Daemon(refused("", -11), UP)).refusal


def test_where_nothing_can_be_run_apart_the_table_stands_and_says_why():
    proof = trial.prove(CONF, DEBIAN, "/sbin/auditd", Daemon(EvidenceError("no namespaces here")))
    assert proof == trial.Proof("table", "no namespaces here")


def test_without_auditd_or_content_nothing_is_tried():
    assert trial.prove(CONF, DEBIAN, None).by == "table"
    assert trial.prove(b"\n", DEBIAN, "/sbin/auditd").by == "table"


# -- the real one ------------------------------------------------------------------------------------------------------


def real(data):
    program, version = host.find_program("auditd"), host.audit_version()
    if program is None or version is None:
        pytest.skip("auditd is not installed here")
    proof = trial.prove(data, version, program, sandbox.run)
    if proof.by == "table":
        pytest.skip(proof.reason)
    return proof


def test_the_installed_auditd_takes_what_its_package_brings():
    version = host.audit_version() or DEBIAN
    proof = real(shipped("auditd", "/etc/audit/auditd.conf", version))
    assert proof.refusal is None
    assert proof.seconds < 2  # it says that it is up, and is not waited for any longer


@pytest.mark.parametrize(
    ("bad", "line", "said"),
    [
        (b"num_logs = 1000", 3, "num_logs"),
        (b"num_logs=5", 3, ""),
        (b"bogus = 1", 3, "bogus"),
        (b"flush = often", 3, "often"),
        (b"space_left = 50", None, "space_left"),
        (b"name_format = user", None, "name"),
        (b"disk_full_action = email", 3, "email"),
    ],
)
def test_the_installed_auditd_refuses_with_the_line_and_its_own_words(bad, line, said):
    proof = real(b"space_left = 75\nadmin_space_left = 50\n" + bad + b"\nfreq = 50\n")
    assert proof.refusal is not None
    assert proof.line == line
    assert said in proof.refusal
