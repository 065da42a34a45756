# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine judged by a profile, with rules of the test's own in the kernel and in a folder.

Everything is read as in a run: the collectors ask the kernel and the disk, the
target's half judges the requirements and the controller's half the rest. The
rules lie in a folder of the test's own, so that a rule is told of by file and
line. The search for privileged commands is replaced by two commands that every
machine has: it takes seconds, and is tested elsewhere. Nothing here locks the
rules (``-e 2``).
"""

import json
import os

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.compliance.rule_set import rule_set
from ansible_collections.auditops.trail.plugins.module_utils.posture import registry
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, plans, results
from ansible_collections.auditops.trail.tests.kernel import control

SETTINGS = ("-b 8192", "--backlog_wait_time 60000", "-e 1")
RULES_FILE = "50-controls.rules"
COMMANDS = ("/usr/bin/passwd", "/usr/bin/su")


def _commands(_context, _posture):
    found = [{"path": path} for path in COMMANDS if os.path.exists(path)]
    full = {"uid": 0, "gid": 0, "mode": "4755", "setuid": True, "setgid": False, "capabilities": None}
    return {
        "commands": [dict(one, **full) for one in found],
        "mounts": ["/"],
        "skipped": [],
        "entries": len(found),
        "seconds": 0.0,
        "complete": True,
        "stopped_by": None,
        "incomplete": None,
        "limits": {"entries": 1, "seconds": 1},
        "not_seen": [],
    }


COLLECTORS = tuple(
    one._replace(collect=_commands) if one.part == "privileged" else one
    for one in registry.COLLECTORS
    if one.part != "trail"
)


class Machine:
    """This machine, with a folder in place of /etc/audit."""

    def __init__(self, bench, folder, profile):
        self.bench = bench
        self.folder = str(folder)
        self.file = os.path.join(self.folder, "rules.d", RULES_FILE)
        os.mkdir(os.path.dirname(self.file))
        self.selection = catalogue_loader.load().select([profile])
        self.plan = plans.of(self.selection, "augenrules")
        self.recording = {one.id for one in self.selection.controls if one.kind == "record"}
        self.emitting = {one.id for one in self.selection.controls if one.kind == "emit"}

    def posture(self, **context):
        """The posture as it reaches the controller: as JSON."""
        told = evaluate.context(self.plan)._replace(configuration=self.folder, **context)
        return json.loads(json.dumps(registry.collect(told, COLLECTORS)))

    def judge(self, posture=None):
        """The controls by id, as they stand in the host's result."""
        posture = posture or self.posture()
        judged = evaluate.judge(posture, self.plan)
        result = results.host_result("this", self.selection, posture, judged, results.now(), {"user": "test"})
        return {one["id"]: one for one in result["controls"]}

    def lines(self):
        """The lines that the profile comes to on this machine, each with the controls that need it."""
        made = rule_set(self.posture(), self.plan)
        assert made.unproven == (), made.unproven
        return {line.text: set(line.controls) for line in made.lines}

    def load(self, lines, on_disk=None):
        """Put these lines on disk and, by auditctl, into the kernel."""
        control.delete_all(self.bench.channel)
        self.bench.channel.set(lost=0)
        written = "".join(line + "\n" for line in [*SETTINGS[:2], *(on_disk or lines), SETTINGS[2]])
        for place in (self.file, os.path.join(self.folder, "audit.rules")):
            with open(place, "w", encoding="utf-8") as stream:
                stream.write(written)
        assert len(control.load([*SETTINGS[:2], *lines, SETTINGS[2]], self.bench.home)) == len(lines)

    def line_of(self, text):
        """The number of a line in the file."""
        with open(self.file, encoding="utf-8") as stream:
            return stream.read().splitlines().index(text) + 1


def by_verdict(controls, verdict):
    """The ids of the controls with this verdict."""
    return {name for name, one in controls.items() if one["verdict"] == verdict}
