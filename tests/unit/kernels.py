# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel's side in a file, for tests of transactions: it outlives the process that changes it, as the real one does.

A rule is a text here; the Load that names it holds it as a key (:func:`load_of`).
"""

import base64
import json
import os

from ansible_collections.auditops.trail.plugins.module_utils.deploy.snapshot import Restored
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin, Rule

SETTINGS = {"enabled": 1, "failure": 1, "backlog_limit": 8192}


class Snapshot:
    def __init__(self, rules, settings, boot_id):
        self.rules, self.settings, self.boot_id = tuple(rules), dict(settings), boot_id

    def to_plain(self):
        rules = [base64.b64encode(rule).decode("ascii") for rule in self.rules]
        return {"rules": rules, "settings": self.settings, "boot_id": self.boot_id}

    @classmethod
    def from_plain(cls, plain):
        return cls([base64.b64decode(rule) for rule in plain["rules"]], plain["settings"], plain["boot_id"])


def load_of(names, **settings):
    """A Load whose rules have these names, each from the line of that number in all.rules."""
    rules = [Rule("exit", "always", keys=(name,), origin=Origin("all.rules", n)) for n, name in enumerate(names, 1)]
    return Load(loaded=tuple(rules), settings={name: Setting(value) for name, value in settings.items()})


class Kernel:
    """``refuses`` is a rule that it does not take; ``forgets`` one that it takes and does not hold (3.0.9);
    ``stuck``: from the first refusal on nothing can be changed."""

    def __init__(self, file, refuses=None, forgets=None, stuck=False):
        self.file, self.refuses, self.forgets, self.stuck = str(file), refuses, forgets, stuck

    # -- what a test sees and does
    def state(self):
        with open(self.file) as read:
            return json.load(read)

    def set(self, **changes):
        state = self.state() if os.path.exists(self.file) else {"rules": [], "settings": SETTINGS, "boot_id": "1"}
        with open(self.file + ".new", "w") as out:
            json.dump(dict(state, **changes), out)
        os.replace(self.file + ".new", self.file)

    def boot(self, rules, locked=False):
        """The machine has been restarted, and has loaded these rules."""
        settings = dict(SETTINGS, enabled=2 if locked else 1)
        self.set(rules=list(rules), settings=settings, boot_id=str(int(self.state()["boot_id"]) + 1))

    @property
    def rules(self):
        return self.state()["rules"]

    # -- the interface
    def snapshot(self):
        state = self.state()
        return Snapshot([rule.encode("utf-8") for rule in state["rules"]], state["settings"], state["boot_id"])

    def locked(self):
        return self.state()["settings"]["enabled"] == 2

    def switch(self, load, scratch, step):
        with open(os.path.join(scratch, "add.rules"), "w") as out:
            out.write("\n".join(rule.keys[0] for rule in load.loaded))
        before = self.snapshot()
        counts = {"added": 0, "removed": 0, "moved": 0}
        wanted = [rule.keys[0] for rule in load.loaded]
        try:
            self._to(wanted, {name: found.value for name, found in load.settings.items()}, step, counts)
        except TrailError:
            self.restore(before, step)
            raise
        return counts

    def differences(self, load):
        held = self.rules
        return [
            {"text": "{0} is not loaded".format(rule.keys[0]), "file": rule.origin.file, "line": rule.origin.line}
            for rule in load.loaded
            if rule.keys[0] not in held
        ]

    def restore(self, snapshot, step):
        counts = {"added": 0, "removed": 0, "moved": 0}
        self._to([rule.decode("utf-8") for rule in snapshot.rules], snapshot.settings, step, counts)
        return Restored(counts, ())

    def lock(self, loginuid=False):
        self._change(settings=dict(self.state()["settings"], enabled=2))
        if loginuid:
            self.set(loginuid=1)

    def _to(self, wanted, settings, step, counts):
        for name in [name for name in wanted if name not in self.rules]:
            step("add " + name)
            if name == self.refuses:
                raise TrailError("the kernel does not take it", "all.rules", wanted.index(name) + 1, "mend it.")
            if name != self.forgets:
                self._change(rules=self.rules + [name])
            counts["added"] += 1
        for name in [name for name in self.rules if name not in wanted]:
            step("remove " + name)
            self._change(rules=[rule for rule in self.rules if rule != name])
            counts["removed"] += 1
        step("order and settings")
        held = self.rules
        merged = dict(self.state()["settings"], **settings)
        self._change(rules=[name for name in wanted if name in held], settings=merged)

    def _change(self, **changes):
        if self.locked() or (self.stuck and os.path.exists(self.file + ".stuck")):
            raise TrailError("the kernel is locked", remedy="reboot.")
        self.set(**changes)
