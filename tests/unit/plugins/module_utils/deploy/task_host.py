# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of tests of audit_rules: a folder, and a kernel in memory that behaves as the real one."""

import os

from ansible_collections.auditops.trail.plugins.module_utils.deploy import compared, rules_task, scene, transaction
from ansible_collections.auditops.trail.plugins.module_utils.deploy.arguments import ARGUMENTS
from ansible_collections.auditops.trail.plugins.module_utils.deploy.ends import Tools
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import Kernel
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate
from ansible_collections.auditops.trail.tests.unit import postures
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.fake_wire import DIALECT, FakeWire

PATHS = postures.path_state(
    files=["/etc/passwd", "/etc/group", "/etc/shadow"], folders=["/dir"], missing=["/gone", "/etc/new"]
)
PASSWD = "-w /etc/passwd -p wa -k id\n"
GROUP = "-w /etc/group -p wa -k id\n"


class Host:
    def __init__(self, folder):
        self.folder = folder
        self.rules_dir = folder / "audit" / "rules.d"
        self.rules_dir.mkdir(parents=True)
        self.wire = FakeWire()
        self.loader = "augenrules"

    @property
    def store(self):
        return Store(str(self.folder / "state"))

    def write(self, name, text):
        (self.rules_dir / name).write_text(text)

    def disk(self):
        """Every file below the folder of the configuration, by name."""
        top = str(self.folder / "audit")
        paths = [os.path.join(folder, name) for folder, _folders, names in os.walk(top) for name in names]
        found = {}
        for path in paths:
            with open(path) as opened:
                found[os.path.relpath(path, top)] = opened.read()
        return found

    def reboot(self, locked=False):
        """The kernel anew, with what audit.rules loads; another program may lock it then."""
        text = self.disk().get("audit.rules", "")
        load = simulate(from_texts([text], "audit.rules"), DIALECT, PathState.from_dict(PATHS))
        self.wire = FakeWire(load.loaded)
        self.wire.boot_id = lambda: "another boot"
        self.wire.set_status(**{name: one.value for name, one in load.settings.items() if name in compared.SETTINGS})
        if locked:
            self.wire.set_status(enabled=2)

    def loaded(self):
        rules = [decode_rule(payload) for payload in self.wire.payloads()]
        return [(rule.value("path") or rule.value("dir"), rule.keys) for rule in rules]

    def run(self, *own, **options):
        check_mode = options.pop("check_mode", False)
        kernel = options.pop("kernel", None) or Kernel(DIALECT, self.wire)
        values = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
        values.update(rules_dir=str(self.rules_dir), **options)
        values["files"] = [{"name": name, "content": text} for name, text in own]
        return rules_task.run(values, check_mode, Tools(kernel, self.store, check_mode))


def hosts(tmp_path, monkeypatch):
    """For a fixture."""
    made = Host(tmp_path)

    def look(_plan, _check_mode):
        posture = postures.posture([], paths=PATHS)
        return scene.Scene(posture, PathState.from_dict(PATHS), (3, 0, 9), False, made.loader, ())

    monkeypatch.setattr(scene, "look", look)
    monkeypatch.setattr(scene, "not_applicable", lambda _context: None)
    return made


def actions(result):
    return {os.path.basename(one["path"]): one["action"] for one in result["files"]}


def killed(host, function, at, *own, **options):
    """A run in a process of its own that is gone when it comes to a step of transaction.FUNCTION."""

    def step(name):
        if name.startswith(at):
            os._exit(9)

    child = os.fork()
    if not child:
        original = getattr(transaction, function)
        setattr(transaction, function, lambda *given, **more: original(*given, step=step, **more))
        try:
            host.run(*own, **options)
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] >> 8 == 9
