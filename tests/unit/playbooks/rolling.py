# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the playbooks rollout and status with stand-ins for what changes hosts, which answer as a test has set it.

Their results have the forms of those that the modules give. Nothing here changes anything but files below a test's own
folder.
"""

import json
import os
import subprocess
import sys

from ansible_collections.auditops.trail.plugins.module_utils.deploy import told
from ansible_collections.auditops.trail.plugins.module_utils.health.criteria import Criterion

HERE = os.path.dirname(os.path.abspath(__file__))
STAND_INS = ("audit_rules", "audit_health_info", "auditd_config", "audit_settings", "audit_boot")
NAMES = ("daemon", "rules", "lost", "backlog", "log", "log_growth", "retention")
QUICK = ("daemon", "rules", "backlog")
BEFORE = ["quick", "configure", "plugin", "plugin", "present", "watch"]
"""What a host is asked before the gate."""


def health(names=NAMES, **broken):
    """What audit_health_info gives; criteria that are broken (or, with None in front, not to be told) by name."""
    found = []
    for name in names:
        text = broken.get(name, name + " is well")
        ok, text = text if isinstance(text, tuple) else (name not in broken, text)
        found.append(dict(Criterion(name, ok, 0, 0, text)._asdict()))
    oks = [one["ok"] for one in found]
    return {
        "changed": False,
        "healthy": False if False in oks else None if None in oks else True,
        "criteria": found,
        "status": {"kernel": {"lost": 3}, "daemon": {"pid": 7, "comm": "auditd", "is_auditd": "daemon" not in broken}},
        "seconds": 60,
        "not_applicable": None,
    }


def rules(**given):
    """What audit_rules gives."""
    unknown = set(given) - set(told.empty()) - {"failed", "msg"}
    assert not unknown, "audit_rules returns no {0}".format(unknown)
    return dict(told.empty(), **given)


NOTHING = rules()
LOADED = rules(
    changed=True,
    transaction="rules-20261126T170000Z-1f0c",
    transaction_state="pending",
    files=[{"path": "/etc/audit/rules.d/50-auditops.rules", "action": "created"}],
    rules={"file": 12, "kernel": 12},
)
ALL = {
    "quick": health(QUICK),
    "watch": health(),
    "present": LOADED,
    "committed": rules(changed=True, transaction_state="committed", immutable=True),
    "rolled_back": rules(changed=True, transaction_state="rolled_back"),
    "configure": {"changed": True, "backup": "auditd-1"},
    "plugin": {"changed": False, "backup": None},
    "configured_back": {"changed": True, "backup": None},
    "boot": {"changed": False, "reboot_required": False},
}
AS_IT_IS = {"present": NOTHING, "configure": {"changed": False, "backup": None}}
"""The answers of a host that is as it is to be."""


class Run:
    """What a run printed, and what the hosts were asked."""

    def __init__(self, done, folder, work):
        self.code, self.output = done.returncode, done.stdout
        self._folder, self._work = folder, work

    def asked(self, host):
        path = os.path.join(str(self._folder), host + ".log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line)["asked"] for line in file]

    @property
    def record(self):
        with open(os.path.join(str(self._work), "audit-rollout", "rollout.json"), encoding="utf-8") as file:
            return json.load(file)

    def became(self):
        return {host: one["became"] for host, one in self.record["hosts"].items()}


def runner(tmp_path, repository):
    """``run("a b", {"b": answers}, serial=[1, 1])``: a run over hosts whose modules answer as told."""
    folder, work = tmp_path / "answers", tmp_path / "work"
    for made in (folder, work):
        made.mkdir()
    collections = _collection(tmp_path / "collections", repository)

    def run(hosts, answers=None, *options, playbook="rollout", **variables):
        (folder / "all.json").write_text(json.dumps(ALL))
        for host, own in (answers or {}).items():
            (folder / (host + ".json")).write_text(json.dumps(own))
        inventory = tmp_path / "hosts.ini"
        lines = [
            "{0} ansible_connection={1} ansible_python_interpreter={2}".format(
                host, "nobody_answers" if host.startswith("down") else "may_break", sys.executable
            )
            for host in hosts.split()
        ]
        inventory.write_text("\n".join(lines) + "\n")
        (tmp_path / "ansible.cfg").write_text("[defaults]\n")
        given = {"rollout_" + name: value for name, value in variables.items()}
        if playbook == "rollout":
            given.setdefault("rollout_compliance", False)
            given.setdefault("rollout_reconnect_seconds", 1)
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_CONNECTION_PLUGINS": os.path.join(HERE, "connection_plugins"),
            "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "STAND_IN_DIR": str(folder),
        }
        command = [sys.executable, "-m", "ansible", "playbook", "auditops.trail." + playbook, "-i", str(inventory)]
        done = subprocess.run(
            [*command, "-e", json.dumps(given), *options],
            cwd=str(work),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        print(done.stdout)
        assert "Traceback" not in done.stdout
        return Run(done, folder, work)

    return run


def _collection(base, repository):
    """The checkout as a collection, with stand-ins in the place of the modules that look at hosts or change them."""
    tree = base / "ansible_collections" / "auditops" / "trail"
    (tree / "plugins").mkdir(parents=True)
    for name in ("meta", "playbooks", "galaxy.yml"):
        os.symlink(os.path.join(repository, name), str(tree / name))
    (tree / "roles").mkdir()
    for name in os.listdir(os.path.join(repository, "roles")):
        stands = os.path.join(HERE, "stand_ins", name)
        real = os.path.join(repository, "roles", name)
        os.symlink(stands if os.path.isdir(stands) else real, str(tree / "roles" / name))
    for name in os.listdir(os.path.join(repository, "plugins")):
        if name not in ("modules", "action"):
            os.symlink(os.path.join(repository, "plugins", name), str(tree / "plugins" / name))
    for kind in ("modules", "action"):
        (tree / "plugins" / kind).mkdir()
        for name in os.listdir(os.path.join(repository, "plugins", kind)):
            if name.partition(".")[0] not in STAND_INS:
                os.symlink(os.path.join(repository, "plugins", kind, name), str(tree / "plugins" / kind / name))
    with open(os.path.join(HERE, "stand_ins", "answers.py"), encoding="utf-8") as opened:
        answers = "#!/usr/bin/python\n" + opened.read()  # as modules alone may begin
    for name in STAND_INS:
        (tree / "plugins" / "modules" / (name + ".py")).write_text(answers)
    return base
