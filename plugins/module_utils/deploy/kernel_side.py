# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's side of a change of rules: look, switch, compare, put back, lock.

Rules are added by the host's own auditctl, from a file without ``-D``, so that
what is proven here is what the next boot does; they are deleted by netlink.
Neither auditctl's exit code nor its words are believed: 3.0.9 answers 0 where
nothing was loaded. What the kernel lists afterwards decides. The plan is
:mod:`.switch`'s.
"""

import errno
from typing import Any, Callable, Dict, List, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.deploy import compared, switch
from ansible_collections.auditops.trail.plugins.module_utils.deploy.loader import (
    Loader,
    SwitchError,
    held_entry,
    wanted_entry,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.snapshot import Restored, Snapshot, left_out
from ansible_collections.auditops.trail.plugins.module_utils.deploy.switch import Entry, Plan
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wire import Wire
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import marked
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel_write import LOCKED, ChangeRefused
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.netlink import SOURCE

__all__ = ["BUSY_BACKLOG", "STEPS", "Kernel", "Snapshot", "Step", "SwitchError"]

Step = Callable[[str], None]

BUSY_BACKLOG = 8192
"""Records that may wait while rules change. Each change is a record of its own, and must push no other out."""

STEPS = (
    "kernel: raise limits",
    "kernel: add rules",
    "kernel: add marked rules",
    "kernel: delete rules",
    "kernel: add moved rules",
    "kernel: delete marked rules",
    "kernel: set values",
)
"""What ``step`` is called with, in this order; a step without work is left out."""

_NOT_TAKEN = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL)
"""What the kernel says of a rule that it has held before, of a path that has gone or, after a boot into another kernel,
of what that one does not know."""

_LOCKED_REMEDY = (
    "reboot: the rules on disk are loaded then; or leave the change for the next boot with on_immutable=defer."
)


class Kernel:
    """The running kernel's audit rules and settings, to be changed. The caller keeps other writers away."""

    def __init__(self, dialect: Optional[Dialect] = None, wire: Optional[Wire] = None) -> None:
        """Of this host.

        Args:
            dialect: Whose auditctl adds the rules; the installed one.
            wire: How the kernel is reached; by netlink and that auditctl.
        """
        self._wire = wire or Wire()
        self._loader = Loader(self._wire, dialect)

    # -- reading ------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """What is in force now.

        Raises:
            EvidenceError: audit cannot be asked.
        """
        status = self._wire.status()._asdict()
        settings = {name: status[name] for name in compared.SETTINGS if status[name] is not None}
        return Snapshot(tuple(self._wire.payloads()), settings, self._wire.boot_id())

    def locked(self) -> bool:
        """Whether rules and settings stay as they are until the next boot (enabled 2)."""
        return self._wire.status().enabled == LOCKED

    def differences(self, load: Load) -> List[Dict[str, Any]]:
        """How the kernel differs from what a load is to leave; ``[]`` is the proof that it does not.

        Rules are compared by meaning and, on lists that are tried in order, by
        their order; settings as :meth:`switch` makes them. Each difference is
        ``kind, rule, file, line, text`` as in the posture's drift.

        Raises:
            EvidenceError: audit cannot be asked.
        """
        rules = [_decoded(payload, number) for number, payload in enumerate(self._wire.payloads(), 1)]
        return compared.differences(load, rules, self._wire.status())

    def waits_for_boot(self, load: Load, changed: bool = True) -> Optional[str]:
        """Why only a boot brings the kernel to what a load is to leave, its locks included; None where none is needed.

        Args:
            load: What the files load, with the lock that a commit is still to write.
            changed: Whether the files have been changed since the last boot. Where they have not, a lock that none of
                them asks for is another program's, and the next boot has it again.
        """
        found: List[str] = []
        if self.locked() and self.differences(load):
            found.append("the kernel's rules are locked (enabled is 2), and other ones are on disk")
        if changed:
            found += compared.until_boot(load, self._wire.status())
        return "; ".join(found) or None

    # -- changing -----------------------------------------------------------------

    def switch(self, load: Load, scratch: str, step: Step = lambda _name: None) -> Dict[str, int]:
        """Make the kernel hold ``load.loaded`` in that order, and ``load.settings``.

        At no moment are fewer events recorded than both sets record
        (docs/decisions/0014-switch-without-a-window.md). ``enabled`` 2 and
        loginuid_immutable are left to :meth:`lock`; enabled is made 1 then, and where no line says what it is to be.

        Args:
            load: What is to be (rules/simulate.py): complete, nothing rejected that stops it.
            scratch: A folder that only root can use, for the file that auditctl reads.
            step: Called with the name of each step (STEPS) before it is made.

        Returns:
            ``added, removed, moved``: rules by meaning; ``lost``: records that
            the kernel lost meanwhile, whoever made them.

        Raises:
            SwitchError: it could not be done; what was there is put back
                first. It names the line and what auditctl or the kernel said.
        """
        self._refuse_locked("the rules cannot be changed")
        before = self.snapshot()
        lost = self._wire.status().lost or 0
        held = [held_entry(payload) for payload in before.rules]
        plan = switch.plan(held, [wanted_entry(rule) for rule in compared.in_order(load.loaded)])
        settings = compared.wanted_settings(load)
        if plan.empty and all(before.settings.get(name) == value for name, value in settings.items()):
            return {"added": 0, "removed": 0, "moved": 0, "lost": 0}
        lines = {entry: self._loader.line(entry) for entry in plan.added + plan.moved}

        def add(entries: Sequence[Entry]) -> None:
            self._loader.load(entries, [lines[entry] for entry in entries], scratch)

        self._guarded(before, plan, settings, step, add)
        self._prove(load, before, step)
        added, removed, moved = plan.counts
        now = self._wire.status().lost or 0
        return {"added": added, "removed": removed, "moved": moved, "lost": max(0, now - lost)}

    def restore(self, snapshot: Snapshot, step: Step = lambda _name: None) -> Restored:
        """Make the kernel hold a snapshot again: its very bytes, in its order, and its settings. No window either.

        Of rules that ``-A`` loaded twice the first is put back: the second never matches. A rule that the kernel does
        not take any more (the directory that it names is gone: it has dropped the rule by itself then) is left out.

        Returns:
            What it took, and the rules that were left out.

        Raises:
            SwitchError: the rules are locked, or the kernel does not show what was put back.
            ChangeRefused: it refuses something else.
        """
        now = self.snapshot()
        if now.rules == snapshot.rules and now.settings == snapshot.settings:
            return Restored({"added": 0, "removed": 0, "moved": 0}, ())
        self._refuse_locked("the rules of before cannot be put back")
        gone: List[bytes] = []

        def add(entries: Sequence[Entry]) -> None:
            for entry in entries:
                self._put_back(entry, gone)

        lists_now, lists_then = _by_list(now.rules), _by_list(snapshot.rules)
        changed = [name for name in set(lists_now) | set(lists_then) if lists_now.get(name) != lists_then.get(name)]
        plan = switch.plan(
            [entry for name in changed for entry in lists_now.get(name, [])],
            [entry for name in changed for entry in lists_then.get(name, [])],
            exact=True,
        )
        self._carry_out(now, plan, snapshot.settings, step, add)
        self._demand_restored(snapshot._replace(rules=tuple(one for one in snapshot.rules if one not in gone)))
        added, removed, moved = plan.counts
        counts = {"added": added - len(set(gone)), "removed": removed, "moved": moved}
        return Restored(counts, tuple(_named(payload) for payload in dict.fromkeys(gone)))

    def lock(self, loginuid: bool = False) -> None:
        """Lock rules and settings until the next boot (``-e 2``).

        Args:
            loginuid: Make login uids immutable first (``--loginuid-immutable``).

        Raises:
            SwitchError: the kernel did not do it.
        """
        try:
            if loginuid and not self._wire.status().loginuid_immutable:
                self._wire.make_loginuid_immutable()
            if not self.locked():
                self._wire.set_status(enabled=LOCKED)
        except ChangeRefused as exc:
            raise SwitchError("the rules could not be locked: {0}".format(exc.message), remedy=exc.remedy) from None
        status = self._wire.status()
        if status.enabled != LOCKED or (loginuid and status.loginuid_immutable != 1):
            raise SwitchError(
                "the kernel took the lock and does not show it (enabled {0})".format(status.enabled),
                remedy="see what 'auditctl -s' says, and report this kernel's release.",
            )

    # -- one way, for both directions -----------------------------------------------

    def _guarded(
        self,
        before: Snapshot,
        plan: Plan,
        settings: Dict[str, int],
        step: Step,
        add: Callable[[Sequence[Entry]], None],
    ) -> None:
        try:
            self._carry_out(before, plan, settings, step, add)
        except BaseException as exc:  # also an interrupt: the kernel is not left between two rule sets
            self._undo(before, step, exc)

    def _carry_out(
        self,
        before: Snapshot,
        plan: Plan,
        settings: Dict[str, int],
        step: Step,
        add: Callable[[Sequence[Entry]], None],
    ) -> None:
        final = dict(before.settings, **settings)
        raised = dict(before.settings, **compared.generous(before.settings, final, 0 if plan.empty else BUSY_BACKLOG))
        self._set(before.settings, raised, STEPS[0], step)
        if plan.added:
            step(STEPS[1])
            add(plan.added)
        marks: List[bytes] = []
        if plan.marked:
            step(STEPS[2])
            start = switch.free_mark([switch.raw_entry(payload) for payload in before.rules])
            marks = [marked(_payload(entry), start + number) for number, entry in enumerate(plan.marked)]
            for entry, payload in zip(plan.marked, marks):
                self._add_marked(entry, payload)
        if plan.removed:
            step(STEPS[3])
            for entry in plan.removed:
                self._delete(_payload(entry))
        if plan.moved:
            step(STEPS[4])
            add(plan.moved)
        if marks:
            step(STEPS[5])
            for place in plan.unmarked:
                self._delete(marks[place])
        self._set(raised, final, STEPS[6], step)

    def _set(self, now: Dict[str, int], then: Dict[str, int], name: str, step: Step) -> None:
        changed = {name: value for name, value in then.items() if now.get(name) != value}
        if changed:
            step(name)
            self._wire.set_status(**changed)

    def _add_marked(self, entry: Entry, payload: bytes) -> None:
        try:
            self._wire.add(payload)
        except ChangeRefused as exc:
            if entry.rule is None:
                if exc.errno in _NOT_TAKEN:
                    return  # found out, and told, when it is put back as it is
                raise
            origin = entry.rule.origin
            text = "the kernel does not take {0}: {1}".format(compared.named(entry.rule), exc.message)
            raise SwitchError(text, origin.file, origin.line, exc.remedy) from None

    def _delete(self, payload: bytes) -> None:
        try:
            self._wire.delete(payload)
        except ChangeRefused as exc:
            if exc.errno != errno.ENOENT:  # a rule whose directory went away is gone by itself
                raise

    def _undo(self, before: Snapshot, step: Step, exc: BaseException) -> None:
        """Put ``before`` back and raise what happened; where that fails too, say what the kernel holds."""

        def tell(name: str) -> None:
            try:
                step("undo, " + name)
            except Exception:  # noqa: BLE001 pylint: disable=broad-except
                return  # a journal that cannot be written keeps nobody from putting things back

        try:
            gone = self.restore(before, tell).gone
        except TrailError as failed:
            raise SwitchError(
                "{0}; and what was there before could not be put back: {1}".format(_said(exc), failed.message),
                getattr(exc, "file", None),
                getattr(exc, "line", None),
                "see 'auditctl -l' for what the kernel holds now; load the rules on disk with 'augenrules --load'.",
            ) from exc
        if not isinstance(exc, TrailError):
            raise exc
        raise SwitchError(
            "{0}; what was there before is put back{1}".format(exc.message.rstrip("."), left_out(gone)),
            exc.file,
            exc.line,
            exc.remedy,
        ) from None

    def _refuse_locked(self, what: str) -> None:
        if self.locked():
            raise SwitchError(
                "{0}: the kernel is locked until the next boot (enabled 2)".format(what), remedy=_LOCKED_REMEDY
            )

    def _prove(self, load: Load, before: Snapshot, step: Step) -> None:
        found = self.differences(load)
        if found:
            first = found[0]
            text = "the kernel does not hold what was loaded: {0}".format(first["text"])
            wrong = SwitchError(
                text, first["file"], first["line"], "try again; if it stays, report this kernel's release."
            )
            self._undo(before, step, wrong)

    # -- adding ---------------------------------------------------------------------

    def _put_back(self, entry: Entry, gone: List[bytes]) -> None:
        try:
            self._wire.add(_payload(entry))
        except ChangeRefused as exc:
            if exc.errno == errno.EEXIST:
                return
            if exc.errno not in _NOT_TAKEN:
                raise
            gone.append(_payload(entry))

    def _demand_restored(self, snapshot: Snapshot) -> None:
        now = self.snapshot()
        wanted, found = _by_list(snapshot.rules), _by_list(now.rules)
        lists = [name for name in wanted if switch.distinct(wanted[name]) != switch.distinct(found.get(name, []))]
        lists += [name for name in found if name not in wanted]
        values = [name for name, value in snapshot.settings.items() if now.settings.get(name) != value]
        if lists or values:
            raise SwitchError(
                "the kernel does not show what was put back: {0}".format(
                    ", ".join(["the {0} list".format(name) for name in lists] + values)
                ),
                remedy="see whether another program changes rules at the same time.",
            )


def _by_list(payloads: Sequence[bytes]) -> Dict[str, List[Entry]]:
    found: Dict[str, List[Entry]] = {}
    for payload in payloads:
        entry = switch.raw_entry(payload)
        found.setdefault(entry.list, []).append(entry)
    return found


def _payload(entry: Entry) -> bytes:
    if entry.payload is None:
        raise ValueError("a rule that is sent has its bytes")
    return entry.payload


def _decoded(payload: bytes, position: int) -> Rule:
    """A rule of the kernel's; one that cannot be read is a rule that nobody wants."""
    try:
        return decode_rule(payload, None, position)
    except EvidenceError:
        return Rule(switch.raw_entry(payload).list, None, origin=Origin(SOURCE, position, "a rule that cannot be read"))


def _named(payload: bytes) -> str:
    return compared.named(_decoded(payload, 0)._replace(origin=Origin()))


def _said(exc: BaseException) -> str:
    return exc.message.rstrip(".") if isinstance(exc, TrailError) else repr(exc)
