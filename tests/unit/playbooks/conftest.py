# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the compliance playbook as a user starts them: ansible-playbook, in a process of its own."""

import json
import os
import shutil

import pytest

from ansible_collections.auditops.trail.tests.unit import playing
from ansible_collections.auditops.trail.tests.unit.playbooks import rolling

HERE = os.path.dirname(os.path.abspath(__file__))
FEW = {"profiles": ["few"], "catalogue": [os.path.join(HERE, "catalogue", "few.yml")]}


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


def _judge(folder, collections, hosts, *options, **variables):
    where = folder / "work"
    where.mkdir(exist_ok=True)
    lines = [
        "{0} ansible_connection={1} {2}".format(
            name, "nobody_answers" if name.startswith("down") else "local", playing.ON_THIS_PYTHON
        )
        for name in hosts.split()
    ]
    wanted = {**({} if {"profiles", "catalogue"} & set(variables) else FEW), **variables}
    return playing.play(
        folder,
        collections,
        "auditops.trail.compliance",
        lines,
        *options,
        variables={f"audit_compliance_{name}": value for name, value in wanted.items() if value is not None},
        where=where,
        ANSIBLE_CONNECTION_PLUGINS=os.path.join(HERE, "connection_plugins"),
    )


@pytest.fixture
def playbook(tmp_path, collections_path):
    """``playbook("up1 down1", "--check", fail_on="high")``: hosts named down… never answer.

    Where no ``profiles`` are given the few controls of few.yml are judged; ``profiles=None`` leaves it to the role.
    """
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")

    def run(hosts, *options, **variables):
        done = _judge(tmp_path, collections_path, hosts, *options, **variables)
        return Run(done, str(tmp_path / "work" / "audit-compliance"))

    return run


@pytest.fixture(scope="session")
def _judged_once(tmp_path_factory, collections_path):
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    folder = tmp_path_factory.mktemp("judged")
    done = _judge(folder, collections_path, "up1")
    assert done.returncode == 0
    return folder / "work" / "audit-compliance"


@pytest.fixture
def judged(_judged_once, tmp_path):
    """What a run of before over up1 has left lies in the folder of results."""
    shutil.copytree(_judged_once, tmp_path / "work" / "audit-compliance")


@pytest.fixture
def rollout(tmp_path, repository):
    """``rollout("a b", {"b": answers}, serial=[1, 1])``: rolling.runner."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    return rolling.runner(tmp_path, repository)
