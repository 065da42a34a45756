# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of tests of transactions: /etc/audit in a folder, a kernel in a file, and a state folder."""

import os
import shutil
import tempfile

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files, recovery, transaction
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.deploy.transaction import Change
from ansible_collections.auditops.trail.tests.unit import children
from ansible_collections.auditops.trail.tests.unit.kernels import Kernel, load_of

LOCK = "-e 2\n"
OLD = {"10-base.rules": "a\nb\n", "20-foreign.rules": "c\n", "40-link.rules": "d\n"}
FIRST = {"10-base.rules": "a\nx\n", "50-ours.rules": "c\n"}
NEW = {"10-base.rules": "a\nx\n", "20-foreign.rules": None, "40-link.rules": "y\n", "50-ours.rules": "z\nb\n"}
_CALLS = (
    "rename",
    "replace",
    "write",
    "fsync",
    "unlink",
    "symlink",
    "mkdir",
    "rmdir",
    "ftruncate",
    "pwrite",
    "utime",
    "fchmod",
)


def folders():
    """For a fixture: a folder in memory where there is one, since these tests sync thousands of times."""
    memory = "/dev/shm"
    folder = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
    try:
        yield os.path.join(folder, "host")
    finally:
        shutil.rmtree(folder)


def fresh(folder):
    """A host in place of whatever the folder held."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    return Host(folder)


class Host:
    """The host with the files OLD, whose 40-link.rules is a link, and whose kernel holds what they say."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.rules_dir = os.path.join(self.folder, "audit", "rules.d")
        self.audit_rules = os.path.join(self.folder, "audit", "audit.rules")
        os.makedirs(self.rules_dir)
        os.makedirs(os.path.join(self.folder, "elsewhere"))
        target = os.path.join(self.folder, "elsewhere", "real")
        os.symlink(target, self.path("40-link.rules"))
        for name, text in OLD.items():
            _write(self.path(name), text)
        os.chmod(self.path("20-foreign.rules"), 0o604)
        _write(self.audit_rules, self.merged())
        self.kernel = Kernel(os.path.join(self.folder, "kernel"))
        self.kernel.set(rules=self.lines())

    @property
    def store(self):
        """A new one each time, as each run has."""
        return Store(os.path.join(self.folder, "state"))

    def path(self, name):
        return os.path.join(self.rules_dir, name)

    def lines(self):
        """The rules that a boot would load: those of the folder's files, in order."""
        return _rules(self.merged())

    def without_rules_dir(self):
        """The host with an audit.rules that was written by hand, and no rules.d; the host itself."""
        shutil.rmtree(self.rules_dir)
        _write(self.audit_rules, "a\nc\n")
        self.kernel.set(rules=self.lines())
        return self

    def merged(self):
        if not os.path.isdir(self.rules_dir):
            with open(self.audit_rules) as read:
                return read.read()
        texts = []
        for name in sorted(os.listdir(self.rules_dir)):
            if name.endswith(".rules") and not name.startswith("."):
                with open(self.path(name)) as read:
                    texts.append(read.read())
        return "".join(texts)

    def change(self, new=None, **more):
        """The change to these files (by default NEW) and to what they load."""
        new = NEW if new is None else new
        there = {}
        for name in sorted(os.listdir(self.rules_dir)) if os.path.isdir(self.rules_dir) else ():
            there[name] = files.look(self.path(name)).data.decode()
        there.update(new)
        merged = "".join(text for _name, text in sorted(there.items()) if text)
        wanted = {self.path(name): None if text is None else text.encode() for name, text in new.items()}
        wanted[self.audit_rules] = merged.encode()
        given = dict(
            files=wanted,
            load=load_of(_rules(merged), failure=2),
            finalize={self.path("99-last.rules"): LOCK.encode(), self.audit_rules: (merged + LOCK).encode()},
            lock=True,
            rules_dir=self.rules_dir,
            scratch=os.path.join(self.folder, "audit", ".scratch"),
        )
        given.update(more)
        return Change(**given)

    def disk(self):
        """Everything in the folders of files, to be compared: name, link, content, owner and mode."""
        found = {}
        for folder in (self.rules_dir, os.path.dirname(self.audit_rules), os.path.join(self.folder, "elsewhere")):
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                path = os.path.join(folder, name)
                if os.path.isdir(path):
                    found[path] = "folder"
                else:
                    found[path] = files.look(path)._replace(modified=0)
        return found

    def whole(self):
        """Files and kernel, without the kernel's boot."""
        state = self.kernel.state()
        return self.disk(), state["rules"], state["settings"]

    def reboot(self):
        """As augenrules does at boot: audit.rules is made anew of the folder's files, and loaded."""
        _write(self.audit_rules, self.merged())
        self.kernel.boot(self.lines(), LOCK in self.merged())

    def recover(self, step=None):
        return recovery.recover(self.kernel, self.store, step)


def killed_at(number, work):
    """Run ``work(step)`` in a child that is killed at its ``number``-th step or call that changes a file.

    Whether it came to its end before that.
    """

    def run():
        count = [0]

        def tick(_name=None):
            count[0] += 1
            if count[0] == number:
                children.die()

        for name in _CALLS:
            setattr(os, name, _ticking(getattr(os, name), tick))
        work(tick)

    return children.in_child(run)


def _ticking(real, tick):
    def call(*arguments, **options):
        tick()
        return real(*arguments, **options)

    return call


def _rules(text):
    return [line for line in text.splitlines() if not line.startswith("-")]


def _write(path, text):
    with open(path, "w") as out:
        out.write(text)


def load_killed(host, wanted):
    """A load that is killed at the first step whose name begins so."""

    def step(name):
        if name.startswith(wanted):
            children.die()

    assert not children.in_child(lambda: transaction.load(host.change(), host.kernel, host.store, step=step))
