# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles auditd and audit_rules in one play: a setting of the kernel has one value, and a second run changes none.

audit_settings is the module itself, with a kernel in a file and files below the test's folder in place of the host's;
audit_rules keeps to its own action plugin, and of the module to what it does with settings.
"""

import json
import os
import re

import pytest

from ansible_collections.auditops.trail.tests.unit import playing

pytestmark = pytest.mark.controller

HEALTH = """#!/usr/bin/python
# WANT_JSON: the arguments are a file of JSON.
import json
told = {"host": {"init": "systemd", "os": {"id": "debian"}}, "packages": {"audit_installed": True},
        "daemon": {"is_auditd": True}}
print(json.dumps({"changed": False, "healthy": True, "criteria": [], "status": told, "not_applicable": None}))
"""
BOOT = """#!/usr/bin/python
# WANT_JSON: the arguments are a file of JSON.
import json, os, sys
with open(sys.argv[1]) as given:
    asked = json.load(given)
path = os.path.join("FOLDER", "boot")
before = open(path).read() if os.path.exists(path) else ""
with open(path, "w") as out:
    out.write(str(asked["backlog_limit"]))
changed = before != str(asked["backlog_limit"])
print(json.dumps({"changed": changed, "not_supported": None, "reboot_required": False}))
"""
RULES = """
import os
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.auditops.trail.plugins.module_utils.deploy import original, wanted
from ansible_collections.auditops.trail.plugins.module_utils.deploy.arguments import ARGUMENTS
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.rules.merged_text import audit_rules_text
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import read_rules_dir

ETC = os.path.join("FOLDER", "audit")


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    settings, demanded = wanted.numbers(module.params["settings"]), module.params["of_profiles"] or {}
    values = dict(wanted.SHIPPED, **dict(demanded, **settings))
    path, made = os.path.join(ETC, "rules.d", "10-auditops.rules"), os.path.join(ETC, "audit.rules")
    changed = put(path, wanted.base_text(wanted.Given(settings=settings, demanded=demanded)).encode())
    changed |= put(made, audit_rules_text(read_rules_dir(os.path.dirname(path), "gawk", (3, 0, 9), {})))
    ours = {one: original.digest(open(one, "rb").read()) for one in (path, made)}
    Store(os.path.join("FOLDER", "state")).save(original.NAME, {"files": {}, "ours": ours})
    kernel = Kernel()
    wrong = {name: values[name] for name in wanted.SHIPPED if getattr(kernel.read(), name) != values[name]}
    kernel.set(wrong)
    module.exit_json(changed=changed or bool(wrong), transaction=None, transaction_state="none")


def put(path, data):
    if os.path.exists(path) and open(path, "rb").read() == data:
        return False
    with open(path, "wb") as out:
        out.write(data)
    return True

"""
KERNEL = """

import json
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status


class Kernel:
    off = None

    def _state(self):
        with open("FOLDER/kernel") as read:
            return json.load(read)

    def read(self):
        return Status(pid=1, lost=0, backlog=0, **self._state())

    def set(self, values):
        state = dict(self._state(), **values)
        with open("FOLDER/kernel", "w") as out:
            json.dump(state, out)

    def boot_id(self):
        return "1"


if __name__ == "__main__":
    main()
"""
FACTS = {"auditctl_version": [3, 0, 9], "awk": "gawk", "machine": "x86_64", "kernel": "6.1.0-18-amd64"}
START = {"enabled": 1, "failure": 1, "rate_limit": 0, "backlog_limit": 64, "backlog_wait_time": 15000}
SHIPPED = {"failure": 1, "rate_limit": 0, "backlog_limit": 8192, "backlog_wait_time": 60000}
DEBIAN = "-D\n-b 8192\n--backlog_wait_time 60000\n-f 1\n"
PLAY = """
- hosts: all
  gather_facts: false
  vars: {0}
  roles: [auditops.trail.auditd, auditops.trail.audit_rules]
"""


class Run:
    def __init__(self, changed, folder):
        self.changed = changed
        with open(str(folder / "kernel")) as file:
            self.kernel = json.load(file)
        self.boot = int((folder / "boot").read_text())
        self.rules = (folder / "audit" / "audit.rules").read_text()


@pytest.fixture(name="play")
def fixture_play(tmp_path, repository):
    """``play({"auditd_failure": "panic"})`` is what became of a run of both roles; the host stays for the next one."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    host = tmp_path / "host"
    (host / "audit" / "rules.d").mkdir(parents=True)
    (host / "kernel").write_text(json.dumps(START))
    modules = {name: text.replace("FOLDER", str(host)) for name, text in _modules(repository).items()}
    collections = playing.collection(tmp_path / "collections", repository, modules, actions=["audit_rules"])

    def run(variables, inventory="", files=None):
        for name, text in (files or {}).items():
            (host / "audit" / "rules.d" / name).write_text(text)
        given = dict({"audit_rules_commit": False}, **variables)
        (tmp_path / "play.yml").write_text(PLAY.format(json.dumps(given)))
        line = "h ansible_connection=local {0} {1}".format(playing.ON_THIS_PYTHON, inventory)
        tags = ["--tags", "auditd_kernel,auditd_boot,audit_rules"]
        done = playing.play(tmp_path, collections, "play.yml", [line], *tags)
        assert done.returncode == 0
        return Run(int(re.search(r"changed=(\d+)", done.stdout).group(1)), host)

    return run


@pytest.fixture(name="site")
def fixture_site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "values.yml").write_text("parameters:\n  backlog_limit: 16384\n")
    return str(folder)


def _modules(repository):
    with open(os.path.join(repository, "plugins", "modules", "audit_settings.py")) as file:
        text = file.read()
    for old, new in (
        ("LiveKernel()", "Kernel()"),
        ("Store()", 'Store("FOLDER/state")'),
        ("Disk(Context())", 'Disk(Context(configuration="FOLDER/audit", loader="augenrules"), {0!r})'.format(FACTS)),
        ('\n\nif __name__ == "__main__":\n    main()\n', KERNEL),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return {
        "audit_settings": text,
        "audit_rules": RULES + KERNEL,
        "audit_boot": BOOT,
        "audit_health_info": HEALTH,
    }


def twice(play, variables, wanted, boot=None, **more):
    """Both roles give these values, and give them again without a change."""
    first = play(variables, **more)
    assert first.changed > 0
    assert {name: first.kernel[name] for name in SHIPPED} == dict(SHIPPED, **wanted)
    assert first.boot == (boot or wanted.get("backlog_limit", 8192))
    again = play(variables, inventory=more.get("inventory", ""))
    assert again.changed == 0
    assert (again.kernel, again.rules) == (first.kernel, first.rules)


def test_what_is_set_for_auditd_holds_in_both_and_what_is_set_for_audit_rules_comes_first(play):
    variables = {
        "auditd_backlog_limit": 65536,
        "auditd_failure": "panic",
        "auditd_backlog_wait_time": 15000,
        "audit_rules_settings": {"backlog_limit": 16384, "rate_limit": 500},
    }
    wanted = {"backlog_limit": 16384, "failure": 2, "rate_limit": 500, "backlog_wait_time": 15000}
    twice(play, variables, wanted, files={"audit.rules": DEBIAN})


def test_a_parameter_of_the_profiles_comes_before_what_is_set_for_auditd(play):
    variables = {"auditd_backlog_limit": 65536, "audit_rules_parameters": {"backlog_limit": 32768}}
    twice(play, variables, {"backlog_limit": 32768})


def test_what_nobody_has_named_is_the_profiles_and_what_the_inventory_names_counts_though_it_is_the_default(play, site):
    twice(play, {"audit_rules_site": site}, {"backlog_limit": 16384}, boot=8192)
    twice(play, {"audit_rules_site": site}, {}, inventory="auditd_backlog_limit=8192")
