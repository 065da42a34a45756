# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a switch without a window costs, beside what auditctl -R takes for the same rules with -D in front.

Each row is measured in turn with auditctl in the same run, so that the ratio
is of this machine at this moment. The kernel deletes a rule in some
milliseconds (it waits for those who read the list), whoever asks: deletions
are counted in each row. Runs where the kernel tier may run (tests/kernel/
gate.py), holds its lock, and puts back what it found. Figures are printed and
never asserted.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, List

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import Kernel
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate
from ansible_collections.auditops.trail.tests.kernel import control, gate

RULES = 300
RUNS = 3
_SHAPE = "{0:<44} {1:>9} {2:>10} {3:>11} {4:>7}"


def rule_lines(count: int) -> List[str]:
    """Watches, calls by ranges of login uids, a few never rules: as in the files that people publish."""
    found = ["-a never,exit -F arch=b64 -S adjtimex -F auid={0} -k time".format(number) for number in range(4)]
    for number in range(count - len(found)):
        if number % 3:
            found.append("-w /etc/auditops-bench{0} -p wa -k bench{1}".format(number, number // 30))
        else:
            found.append(
                "-a always,exit -F arch=b{0} -S unlink,rename -F auid>={1} -F auid!=unset -k calls".format(
                    (64, 32)[number % 2], 1000 + number
                )
            )
    return found


def _load(lines: List[str]) -> Load:
    dialect = Dialect(host.known_version(host.audit_version() or host.NEWEST_AUDIT)[0], host.machine())
    load = simulate(lines, dialect, PathState.of_host(), kernel=host.kernel_release())
    if load.rejected:
        raise RuntimeError(str(load.rejected[0]))
    return load


class _Machine:
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.channel = control.Channel()
        self.kernel = Kernel()

    def auditctl(self, lines: List[str]) -> None:
        path = os.path.join(self.folder, "bench.rules")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("".join(line + "\n" for line in ["-D", *lines]))
        os.chmod(path, 0o600)
        done = subprocess.run([control.AUDITCTL, "-R", path], check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def row(self, name: str, before: List[str], after: List[str]) -> None:
        """The least of some runs, each from the same start."""
        start, wanted = _load(before), _load(after)
        ours, theirs, told = [], [], {}
        for _run in range(RUNS):
            self.kernel.switch(start, self.folder)
            began = time.monotonic()
            told = self.kernel.switch(wanted, self.folder)
            ours.append(time.monotonic() - began)
            self.kernel.switch(start, self.folder)
            theirs.append(_timed(lambda: self.auditctl(after)))
        deletions = told["removed"] + 2 * told["moved"]
        print(
            _SHAPE.format(
                name, deletions, "{0:.3f}".format(min(ours)), "{0:.3f}".format(min(theirs)),
                "{0:.2f}".format(min(ours) / min(theirs)),
            ),
            flush=True,
        )  # fmt: skip


def _timed(act: Callable[[], Any]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def main() -> int:
    """Print the rows, or why there are none."""
    reason = gate.obstacle()
    lock = gate.lock() if reason is None else None
    if reason is None:
        reason = "another run holds {0}".format(gate.LOCK) if lock is None else gate.in_use()
    if reason is not None:
        print("skipped: {0}".format(reason))
        return 0
    saved = control.save()
    folder = tempfile.mkdtemp(prefix="auditops-bench-")
    machine = _Machine(folder)
    lines = rule_lines(RULES)
    new = "-w /etc/auditops-bench-new -p wa -k new"
    middle = RULES // 2
    try:
        print("{0} rules; seconds, least of {1}; auditctl: -R of the new rules with -D in front".format(RULES, RUNS))
        print(_SHAPE.format("", "deletions", "switch", "auditctl", "ratio"))
        machine.row("nothing is loaded yet", [], lines)
        machine.row("nothing changes", lines, lines)
        machine.row("one rule more, at the end", lines, [*lines, new])
        machine.row("one rule less", lines, lines[:middle] + lines[middle + 1 :])
        machine.row("one rule more, in the middle", lines, [*lines[:middle], new, *lines[middle:]])
        machine.row("one rule more, in front of all", lines, [new, *lines])
        machine.row("every watch changes, the rest moves", lines, [line.replace("bench", "other") for line in lines])
    finally:
        control.restore(machine.channel, saved)
        machine.channel.close()
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
