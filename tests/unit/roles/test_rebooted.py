# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role auditd makes of a reboot, and the role audit_rules of one that was made for it: three hosts at once.

Nothing is rebooted: the part of the role that comes after it runs alone, and Ansible never reboots its own machine.
"""

import json
import os
import sys

import pytest

from ansible_collections.auditops.trail.tests.unit import playing

pytest.importorskip("yaml", reason="PyYAML is not installed")
pytestmark = pytest.mark.controller
HERE = os.path.dirname(os.path.abspath(__file__))
STAND_INS = ("audit_health_info", "audit_settings", "audit_boot")
LOOK = {"changed": False, "healthy": True, "criteria": [], "not_applicable": None,
        "status": {"daemon": {"is_auditd": True, "pid": 5}}}  # fmt: skip
FINE = {"changed": False, "reboot_required": False, "not_supported": None}
ELSEWHERE = dict(FINE, not_supported={"loader": "grub", "what_to_do": "its command line comes from somewhere else"})
PLAY = """
- hosts: all
  gather_facts: false
  environment: {STAND_IN_DIR: "{{ answers }}"}
  vars:
    ansible_python_interpreter: PYTHON
    _audit_rules_loaded: {transaction: rules-1, reboot_required: true}
    _auditd_kernel: {reboot_required: true}
  tasks:
    - ansible.builtin.import_role: {name: auditops.trail.auditd, tasks_from: rebooted}
      when: not ansible_check_mode
    - ansible.builtin.import_role: {name: auditops.trail.audit_rules, tasks_from: reboot}
"""


@pytest.fixture(name="run")
def fixture_run(tmp_path, repository):
    """``run({"host": {"boot": FINE}})``: what ansible-playbook printed of these hosts, in one line."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    answers = playing.module(os.path.join(HERE, "stand_in.py"))
    collections = playing.collection(tmp_path / "collections", repository, dict.fromkeys(STAND_INS, answers))

    def start(hosts, *options, connection="local", **variables):
        lines = []
        for host, answers in hosts.items():
            folder = tmp_path / host
            folder.mkdir()
            told = dict({"look": LOOK, "boot": FINE, "kernel": FINE}, **answers)
            (folder / "answers.json").write_text(json.dumps({name: [answer] for name, answer in told.items()}))
            lines.append("{0} ansible_connection={1} answers={2}".format(host, connection, folder))
        (tmp_path / "play.yml").write_text(PLAY.replace("PYTHON", sys.executable))
        plugins = {"ANSIBLE_CONNECTION_PLUGINS": os.path.join(os.path.dirname(HERE), "playbooks", "connection_plugins")}
        done = playing.play(
            tmp_path, collections, "play.yml", lines, *options, variables=variables, timeout=240,
            STAND_IN_DIR=str(tmp_path), **plugins,
        )  # fmt: skip
        return " ".join(done.stdout.split())

    return start


def test_a_boot_that_did_not_bring_it_fails_and_one_that_did_is_not_made_again_for_the_rules(run):
    told = run({"fine": {}, "elsewhere": {"boot": ELSEWHERE}, "other": {"kernel": dict(FINE, changed=True)}})
    for host, failed in (("fine", 0), ("elsewhere", 1), ("other", 1)):
        recap = told[told.index("PLAY RECAP") :]
        recap = recap[recap.index(host + " ") :]
        assert recap[recap.index("failed=") :].startswith("failed={0}".format(failed)), host
    assert "They are not in force: its command line comes from somewhere else." in told
    assert "The kernel has other settings than its files give it" in told
    again = told[told.index("Reboot into the new rules") :]
    assert again[: again.index("TASK")].endswith("skipping: [fine] ")
    assert "ok: [fine]" in again[again.index("See that the kernel holds them") :]


def test_rules_that_were_loaded_since_have_a_boot_of_their_own_which_check_mode_does_not_wait_for(run):
    # In check mode nothing is rebooted; without it Ansible would refuse to, as this is the machine that it runs on.
    locked = {"look": dict(LOOK, healthy=False)}
    told = run({"since": locked}, "--check", connection="may_break",
               _auditd_rebooted_with={"transaction": "rules-0", "reboot_required": True})  # fmt: skip
    again = told[told.index("Reboot into the new rules") :]
    assert "changed: [since]" in again[: again.index("TASK")]
    assert "skipping: [since]" in again[again.index("See that the kernel holds them") :]
    assert "failed=0" in again
