# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One trial: load rules into the kernel, make events, read which of them were recorded.

Watches follow names while files are replaced, and with them the order in which
rules on one inode are tried may change (kernel/audit_watch.c,
audit_update_watch). So each event meets the files and the rules as just made:
after a call that changed a name both are made afresh.
"""

import os
import shutil
import subprocess
import tempfile
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel
from ansible_collections.auditops.trail.tests.kernel import control, events, recorder, scratch
from ansible_collections.auditops.trail.tests.kernel.events import Event

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe.c")
TRIES = 4
_EXPEDITED = "/sys/kernel/rcu_expedited"


Step = Union[Event, Callable[[], object]]


class Recorded(NamedTuple):
    """What the kernel recorded of one call: its SYSCALL record's keys and result, its PATH records, all types."""

    keys: Tuple[str, ...]
    success: bool
    exit: int
    names: Tuple[recorder.Name, ...]
    types: Tuple[int, ...]


class Outcome(NamedTuple):
    """One event made: what the call returned, what was recorded (None: nothing), and whether each path was named.

    ``named`` holds, for each of the event's paths, whether a PATH record
    carries that name or the inode it led to before the call.
    """

    event: Event
    ret: int
    recorded: Optional[Recorded]
    named: Tuple[bool, ...]

    @property
    def on_record(self) -> bool:
        """Recorded as the design means it: the SYSCALL record, and a PATH record for each object."""
        return self.recorded is not None and all(self.named)


class Probe:
    """A running probe; see probe.c."""

    def __init__(self, binary: str) -> None:
        self._process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, errors="surrogateescape", bufsize=1
        )
        self._count = 0

    def perform(self, event: Event) -> Tuple[int, int]:
        """Make one call: (pid, what the kernel returned)."""
        self._count += 1
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(events.line(event, self._count))
        self._process.stdin.flush()
        answer = self._process.stdout.readline().rstrip("\n").split("\t")
        if len(answer) < 3 or answer[0] != str(self._count):
            raise RuntimeError("the probe died on {0!r}".format(event))
        if answer[1] == "-1":
            raise RuntimeError("the probe could not prepare {0!r}: {1}, errno {2}".format(event, answer[2], answer[3]))
        return int(answer[1]), int(answer[2])

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


class Bench:
    """The kernel's audit subsystem, held from start() to stop(); the caller holds the lock (gate.py)."""

    def __init__(self) -> None:
        self._saved: Optional[control.Saved] = None
        self._expedited: Optional[str] = None
        self._probes: Dict[str, Probe] = {}
        self.home = ""
        self.voided = 0
        self.last_texts: Tuple[str, ...] = ()
        """Every record of the last reading, whoever made it."""

    def start(self) -> None:
        """Save what is there and set the kernel up. On failure everything is put back."""
        self.channel = control.Channel()
        self._saved = control.save()
        if self._saved.status.enabled == 2:
            raise RuntimeError("the rules are locked (enabled 2)")
        try:
            self._prepare()
        except BaseException:
            self.stop()
            raise

    def _prepare(self) -> None:
        scratch.private_mounts()
        self.home = tempfile.mkdtemp(prefix="auditops-", dir="/var/tmp")
        os.chmod(self.home, 0o755)
        scratch.mount_tmpfs(self.home)
        build = ["gcc", "-O1", "-static"]
        subprocess.run(build + ["-o", self.file("probe"), SOURCE], check=True)
        subprocess.run(build + ["-nostdlib", "-DEXIT_ONLY", "-o", self.file("program"), SOURCE], check=True)
        os.mkdir(self.file("s"))
        self.scratch = scratch.Scratch(self.file("s"), self.file("program"))
        # Deleting a rule waits for a grace period: 15 ms each, 0.1 ms when expedited.
        if os.path.exists(_EXPEDITED):
            with open(_EXPEDITED, encoding="ascii") as stream:
                self._expedited = stream.read()
            self._expedite("1\n")
        control.delete_all(self.channel)
        self.channel.set(failure=1, rate_limit=0, backlog_limit=8192, backlog_wait_time=15000, enabled=1)
        self.recorder = recorder.Recorder(self.channel)

    def _expedite(self, value: str) -> None:
        with open(_EXPEDITED, "w", encoding="ascii") as stream:
            stream.write(value)

    def stop(self) -> None:
        """Put everything back; RuntimeError where the kernel does not show what was found. Safe to call twice."""
        saved, self._saved = self._saved, None
        try:
            if saved is not None:
                control.restore(self.channel, saved)
        finally:
            if self._expedited is not None:
                self._expedite(self._expedited)
                self._expedited = None
            for probe in self._probes.values():
                probe.close()
            self._probes = {}
            if hasattr(self, "recorder"):
                self.recorder.close()
            if self.home and os.path.isdir(self.home):
                if hasattr(self, "scratch"):
                    self.scratch.clear()
                scratch.unmount(self.home)
                shutil.rmtree(self.home)
                self.home = ""

    def file(self, name: str) -> str:
        return os.path.join(self.home, name)

    def path(self, name: str) -> str:
        """The absolute path of a name in a trial's tree."""
        return self.scratch.path(name)

    def probe(self, program: str = "") -> Probe:
        """The probe, or a copy of it at ``program`` (a file below ``home``)."""
        if program not in self._probes:
            binary = program or self.file("probe")
            if not os.path.exists(binary):
                shutil.copy(self.file("probe"), binary)
            self._probes[program] = Probe(binary)
        return self._probes[program]

    def trial(self, tree: scratch.Tree, rules: Sequence[str], wanted: Sequence[Event]) -> List[Outcome]:
        """Make each event against these files and rules as if it were the first.

        Args:
            tree: The files, names relative to the scratch directory.
            rules: Lines for ``auditctl -R``, paths absolute (see path()).
            wanted: The events, paths absolute.

        Raises:
            control.LoadRefused: auditctl refused a line.
            recorder.Void: no try of TRIES gave a reading without loss.
        """
        return self._repeated(tree, rules, list(wanted), True)

    def story(self, tree: scratch.Tree, rules: Sequence[str], steps: Sequence[Step]) -> List[Outcome]:
        """Like trial(), but files and rules are made once and live through all steps.

        Args:
            tree: As for trial().
            rules: As for trial().
            steps: Events to make, and functions to call in between.

        Returns:
            The outcome of each event among the steps.
        """
        return self._repeated(tree, rules, list(steps), False)

    def _repeated(self, tree: scratch.Tree, rules: Sequence[str], steps: List[Step], afresh: bool) -> List[Outcome]:
        for left in range(TRIES, 0, -1):
            try:
                return self._once(tree, rules, steps, afresh)
            except recorder.Void:
                self.voided += 1
                self.recorder.discard()
                if left == 1:
                    raise
        raise AssertionError("not reached")

    def _once(self, tree: scratch.Tree, rules: Sequence[str], steps: List[Step], afresh: bool) -> List[Outcome]:
        before = kernel.read_status().lost
        made: List[Tuple[Event, int, int, List[Optional[int]]]] = []
        self.scratch.reset(tree)
        try:
            loaded = control.load(list(rules), self.home)
            fresh = True
            for step in steps:
                if not isinstance(step, Event):
                    step()
                    continue
                if afresh and not fresh:
                    control.delete_all(self.channel)
                    self.scratch.reset(tree)
                    self.channel.add(loaded)
                inodes = [_inode(step.cwd, path) for path in step.paths]
                pid, ret = self.probe(step.program).perform(step)
                fresh = ret < 0 or not events.changes_names(step)
                made.append((step, pid, ret, inodes))
        finally:
            control.delete_all(self.channel)
        found = self.recorder.read()
        if kernel.read_status().lost != before:
            raise recorder.Void("the kernel lost records")
        self.last_texts = tuple(text for event in found for text in event.texts)
        if len({pid for _event, pid, _ret, _inodes in made}) != len(made):
            raise recorder.Void("a process number came twice")
        return [_outcome(found, *each) for each in made]


def _inode(cwd: str, path: str) -> Optional[int]:
    try:
        return os.stat(os.path.join(cwd, path)).st_ino
    except OSError:
        return None


def _outcome(found: List[recorder.Event], event: Event, pid: int, ret: int, inodes: List[Optional[int]]) -> Outcome:
    call = {"pid": str(pid), "syscall": str(event.number), "arch": "{0:x}".format(events.ARCH[event.abi])}
    matching = [each for each in found if all(each.call.get(name) == value for name, value in call.items())]
    if not matching:
        return Outcome(event, ret, None, tuple(False for _path in event.paths))
    record = matching[0]
    recorded = Recorded(
        keys=record.keys,
        success=record.call.get("success") == "yes",
        exit=int(record.call.get("exit", "0")),
        names=record.names,
        types=record.types,
    )
    named = tuple(
        any(name.name == path or (inode is not None and name.inode == inode) for name in record.names)
        for path, inode in zip(event.paths, inodes)
    )
    return Outcome(event, ret, recorded, named)
