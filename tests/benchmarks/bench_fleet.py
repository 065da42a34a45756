# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a compliance run costs: the controller for each host, the host itself, and a thousand saved postures.

The controller's share is measured on hosts that have their answer ready, beside
a run of as many debug tasks. The host's share is one process that collects this
machine's posture and judges it. Figures are printed and never asserted.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from typing import Dict, List, NamedTuple, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTS = 100
POSTURES = 1000
PROFILE = "pci_dss_4_0"
CONTROLLER = "AUDITOPS_CONTROLLER"
"""The environment variable with the Python that has ansible-core."""

_TASK = """
- hosts: all
  gather_facts: false
  tasks:
    - auditops.trail.audit_compliance:
        profiles: [{0}]
        result_dir: task
"""
_DEBUG = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.debug:\n        msg: hello\n"
_ONE_HOST = """
import json, resource, sys
from ansible_collections.auditops.trail.plugins.module_utils import packing
from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.posture import registry
plan = json.load(open(sys.argv[1]))
wanted = [one.part for one in registry.COLLECTORS if one.part not in plan["leave_out"]]
posture = registry.collect(evaluate.context(plan), parts=wanted)
judged = evaluate.judge(posture, plan)
packed = packing.pack({"posture": posture, "judged": judged})
json.dump({"changed": False, "packed": packed}, open(sys.argv[2], "w"))
json.dump(posture, open(sys.argv[2] + ".posture", "w"))
used = resource.getrusage(resource.RUSAGE_SELF)
child = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime + child.ru_utime + child.ru_stime, used.ru_maxrss)
"""
_PLAN = """
import json, sys
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, plans
selection = catalogue_loader.load().select([sys.argv[1]])
plan = plans.of(selection)
plan["leave_out"] = sorted({"privileged", *plan["leave_out"]})
plan["controls"] = [one for one in plan["controls"] if "privileged" not in (one.get("for_each") or "")]
json.dump(plan, open(sys.argv[2], "w"))
print(len(selection.controls))
"""


class Cost(NamedTuple):
    """CPU seconds of a command and what it started, seconds by the clock, and the most memory of one process in MB."""

    cpu: float
    seconds: float
    memory: float


def measured(command: List[str], environ: Dict[str, str], cwd: str) -> Cost:
    """Run a command that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(command, env=environ, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit("{0}\n{1}".format(" ".join(command), done.stdout.decode("utf-8", "replace")[-4000:]))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - started, after.ru_maxrss / 1024)


class Bench:
    """A folder with all that the runs need."""

    def __init__(self, folder: str, python: str) -> None:
        self.folder = folder
        self.python = python
        self.plan = os.path.join(folder, "plan.json")
        self.answer = os.path.join(folder, "answer.json")
        self.environ = dict(
            os.environ,
            HOME=folder,
            ANSIBLE_LOCALHOST_WARNING="false",
            ANSIBLE_CONNECTION_PLUGINS=os.path.join(HERE, "connection_plugins"),
            ANSIBLE_LOCAL_TEMP=os.path.join(folder, "tmp"),
            ANSIBLE_PIPELINING="1",
            ANSIBLE_FORKS="2",
            AUDITOPS_CANNED=self.answer,
        )
        with open(os.path.join(folder, "debug.yml"), "w", encoding="utf-8") as file:
            file.write(_DEBUG)
        with open(os.path.join(folder, "task.yml"), "w", encoding="utf-8") as file:
            file.write(_TASK.format(PROFILE))

    def host(self) -> str:
        """The plan, and the answer to it of this machine; what that cost, in words."""
        made = subprocess.run(
            [self.python, "-c", _PLAN, PROFILE, self.plan], env=self.environ, stdout=subprocess.PIPE, check=True
        )
        told = subprocess.run(
            [sys.executable, "-c", _ONE_HOST, self.plan, self.answer],
            env=self.environ,
            stdout=subprocess.PIPE,
            check=True,
        )
        cpu, memory = told.stdout.split()
        return "{0} controls of {1}, without the search for privileged commands: {2:.2f} s of CPU, {3:.0f} MB".format(
            int(made.stdout), PROFILE, float(cpu), int(memory) / 1024
        )

    def play(self, playbook: str, hosts: int, *options: str, connection: str = "canned") -> Cost:
        """One run of ansible-playbook."""
        inventory = os.path.join(self.folder, "hosts.ini")
        with open(inventory, "w", encoding="utf-8") as file:
            for number in range(hosts):
                file.write(
                    "h{0:04} ansible_connection={1} ansible_python_interpreter=/usr/bin/python3\n".format(
                        number, connection
                    )
                )
        command = [self.python, "-m", "ansible", "playbook", playbook, "-i", inventory, *options]
        return measured(command, self.environ, self.folder)


def fleet(bench: Bench) -> None:
    """The controller's share, beside debug tasks in the same run of this program."""
    variables = {"audit_compliance_profiles": [PROFILE], "audit_compliance_summary": False}
    rows = {}
    for name, playbook, more in (
        ("a debug task", "debug.yml", {}),
        ("the assessment, one task", "task.yml", {}),
        ("the playbook, JSON alone", "auditops.trail.compliance", {"audit_compliance_formats": ["json"]}),
        ("the playbook, every report", "auditops.trail.compliance", {}),
    ):
        options = ("--extra-vars", json.dumps(dict(variables, **more))) if "." in playbook[:-4] else ()
        few, many = bench.play(playbook, 1, *options), bench.play(playbook, HOSTS + 1, *options)
        rows[name] = (many.cpu - few.cpu) / HOSTS * 1000
        beside = rows[name] - rows["a debug task"]
        print(
            "  {0:<27} {1:>6.1f} ms of CPU a host, {2:>5.1f} more than debug, {3:>4.0f} MB".format(
                name, rows[name], beside, many.memory
            )
        )


def saved(bench: Bench) -> None:
    """A thousand saved postures, judged and reported."""
    postures = os.path.join(bench.folder, "postures")
    os.mkdir(postures)
    with open(bench.answer + ".posture", encoding="utf-8") as file:
        posture = json.load(file)
    for number in range(POSTURES):
        name = "h{0:04}".format(number)
        posture["host"] = dict(posture["host"], nodename=name)
        with open(os.path.join(postures, name + ".json"), "w", encoding="utf-8") as file:
            json.dump(posture, file)
    variables = {
        "audit_compliance_profiles": [PROFILE],
        "audit_compliance_summary": False,
        "audit_compliance_posture": postures + "/{{ inventory_hostname }}.json",
    }
    cost = bench.play("auditops.trail.compliance", POSTURES, "--extra-vars", json.dumps(variables))
    print(
        "  {0} postures judged and reported: {1:.0f} s of CPU, {2:.0f} s, {3:.0f} MB at most in a process".format(
            POSTURES, cost.cpu, cost.seconds, cost.memory
        )
    )
    folder = os.path.join(bench.folder, "audit-compliance")
    for name in sorted(os.listdir(folder)):
        if os.path.isfile(os.path.join(folder, name)):
            print("    {0:<24} {1:>8.1f} MB".format(name, os.path.getsize(os.path.join(folder, name)) / 1e6))


def main(arguments: List[str]) -> Optional[str]:
    """Every row; ``--fast`` leaves the saved postures out."""
    python = os.environ.get(CONTROLLER)
    if not python:
        return "Run it by make bench, which gives it a Python with ansible-core in {0}.".format(CONTROLLER)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder, python)
        print("The host, one process:\n  {0}".format(bench.host()))
        print("The controller, {0} hosts whose answer is ready:".format(HOSTS))
        fleet(bench)
        if "--fast" not in arguments:
            print("Saved postures:")
            saved(bench)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
