# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the compliance playbook as a user starts them: ansible-playbook, in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

from ansible_collections.auditops.trail.tests.unit.playbooks import rolling

HERE = os.path.dirname(os.path.abspath(__file__))


class Run:
    """What a run printed and wrote."""

    def __init__(self, done, folder):
        self.code = done.returncode
        self.output = done.stdout
        self.folder = folder

    @property
    def fleet(self):
        with open(os.path.join(self.folder, "compliance.json"), encoding="ascii") as file:
            return json.load(file)

    @property
    def assessed(self):
        return [result["host"] for result in self.fleet["results"]]

    @property
    def not_assessed(self):
        return [gone["host"] for gone in self.fleet["not_assessed"]]

    def host(self, name):
        with open(os.path.join(self.folder, "hosts", name + ".json"), encoding="ascii") as file:
            return json.load(file)

    def verdicts(self, name):
        return {control["id"]: control["verdict"] for control in self.host(name)["controls"]}


@pytest.fixture
def playbook(tmp_path, collections_path):
    """``playbook("up1 down1", "--check", fail_on="high")``: hosts named down… never answer."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")

    def run(hosts, *options, **variables):
        where = tmp_path / "work"
        where.mkdir(exist_ok=True)
        inventory = tmp_path / "hosts.ini"
        lines = []
        for name in hosts.split():
            connection = "nobody_answers" if name.startswith("down") else "local"
            lines.append(f"{name} ansible_connection={connection} ansible_python_interpreter={sys.executable}")
        inventory.write_text("\n".join(lines) + "\n")
        config = tmp_path / "ansible.cfg"
        config.write_text("[defaults]\n")
        given = {f"audit_compliance_{name}": value for name, value in variables.items()}
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(config),
            "ANSIBLE_COLLECTIONS_PATH": collections_path,
            "ANSIBLE_CONNECTION_PLUGINS": os.path.join(HERE, "connection_plugins"),
            "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
        }
        command = [sys.executable, "-m", "ansible", "playbook", "auditops.trail.compliance", "-i", str(inventory)]
        done = subprocess.run(
            [*command, "-e", json.dumps(given), *options],
            cwd=str(where),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        print(done.stdout)  # what pytest shows of a test that fails
        return Run(done, str(where / "audit-compliance"))

    return run


@pytest.fixture
def rollout(tmp_path, repository):
    """``rollout("a b", {"b": answers}, serial=[1, 1])``: rolling.runner."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    return rolling.runner(tmp_path, repository)
