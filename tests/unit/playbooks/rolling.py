# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the playbooks rollout and status with stand-ins for what changes hosts, which answer as a test has set it.

Their results have the forms of those that the modules give. Nothing here changes anything but files below a test's own
folder.
"""

import json
import os

from ansible_collections.auditops.trail.plugins.module_utils.deploy import told
from ansible_collections.auditops.trail.plugins.module_utils.health.criteria import Criterion
from ansible_collections.auditops.trail.tests.unit import playing

HERE = os.path.dirname(os.path.abspath(__file__))
STAND_INS = ("audit_rules", "audit_health_info", "auditd_config", "audit_settings", "audit_boot")
NAMES = ("daemon", "rules", "lost", "backlog", "log", "log_growth", "retention")
QUICK = ("daemon", "rules", "backlog")
BEFORE = ["quick", "configure", "plugin", "plugin", "present", "watch"]
"""What a host is asked before the gate."""
BACK = ["held", "rolled_back", "configured_back", "released", "quick"]
"""And when it is rolled back. The rules first: a daemon that does not bear them would end again before they go."""


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
    unknown = set(given) - set(told.empty()) - {"failed", "msg", "remedy"}
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
    "held": {"changed": False},
    "released": {"changed": False},
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
        return [one["asked"] for one in self.log(host)]

    def log(self, host):
        """What the host was asked, and with which arguments."""
        path = os.path.join(str(self._folder), host + ".log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

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
    answers = playing.module(os.path.join(HERE, "stand_ins", "answers.py"))
    role = tmp_path / "auditd"
    role.mkdir()
    os.symlink(os.path.join(HERE, "stand_ins", "auditd", "tasks"), str(role / "tasks"))
    for part in ("defaults", "meta"):
        os.symlink(os.path.join(repository, "roles", "auditd", part), str(role / part))
    roles = {"auditd": str(role)}
    collections = playing.collection(tmp_path / "collections", repository, dict.fromkeys(STAND_INS, answers), roles)

    def run(hosts, answers=None, *options, playbook="rollout", environ=None, **variables):
        (folder / "all.json").write_text(json.dumps(ALL))
        for host, own in (answers or {}).items():
            (folder / (host + ".json")).write_text(json.dumps(own))
        lines = [
            "{0} ansible_connection={1} {2}".format(
                host, "nobody_answers" if host.startswith("down") else "may_break", playing.ON_THIS_PYTHON
            )
            for host in hosts.split()
        ]
        given = {"rollout_" + name: value for name, value in variables.items()}
        if playbook == "rollout":
            given.setdefault("rollout_compliance", False)
            given.setdefault("rollout_reconnect_seconds", 1)
        done = playing.play(
            tmp_path,
            collections,
            playbook if playbook.endswith(".yml") else "auditops.trail." + playbook,
            lines,
            *options,
            variables=given,
            where=work,
            timeout=240,
            ANSIBLE_CONNECTION_PLUGINS=os.path.join(HERE, "connection_plugins"),
            STAND_IN_DIR=str(folder),
            **environ or {},
        )
        assert "Traceback" not in done.stdout
        return Run(done, folder, work)

    return run
