# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loading rules as ``auditctl -R`` does: what the kernel would hold afterwards, and what it would lack, and why.

From ``fileopt``, ``setopt``, ``handle_request`` (src/auditctl.c) and
delete_all.c of audit-userspace at v2.8.5 to v4.2.1, and from
``audit_receive_msg`` (kernel/audit.c) at 6.1.
"""

from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import (
    FilterLists,
    ancestors,
    named_paths,
    refusal,
    resolve_watch,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import Line, Lost
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Rejected, Removed, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule, Statement
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown

LOCKED = 2
_KERNEL = "the kernel"
# What the kernel still changes while enabled is 2 (audit_set_feature, AUDIT_STATUS_LOST in audit_receive_msg).
_NEVER_LOCKED = ("loginuid_immutable", "reset_lost", "reset_backlog_wait_time_actual")
_STATUS = ("enabled", "failure", "backlog_limit", "rate_limit", "backlog_wait_time", "loginuid_immutable")
_NO_NEWLINE = "{0} does not end in a newline, so auditctl sees its last line and the next file's first as one"
_MOST_FORESEEN = 20


class _Read(NamedTuple):
    line: Line
    statement: Optional[Statement]
    error: Optional[RuleError]
    before: Tuple[Statement, ...] = ()


class _Refusal(Exception):
    """auditctl or the kernel refuses the line: reason and remedy."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def simulate(
    lines: Sequence[Union[str, Line]],
    dialect: Dialect,
    paths: Optional[PathState] = None,
    start: Sequence[Rule] = (),
    enabled: Optional[int] = None,
    kernel: Optional[Tuple[int, ...]] = None,
    refused: Optional[Rejected] = None,
    lost: Sequence[Lost] = (),
    named: Iterable[str] = (),
    listing: bool = False,
) -> Load:
    """What a load of these lines would leave in the kernel.

    Args:
        lines: What auditctl reads, in order; plain strings are numbered from 1, in no file.
        dialect: Whose auditctl reads them.
        paths: What the rules' paths stand for; without it no rule is refused
            for a missing directory, and watches are read by their text.
        start: The rules in the kernel before the load, in load order.
        enabled: The kernel's enabled flag before the load, where it matters (2).
        kernel: The kernel's release, as ``(6, 1)``; None: takes every list.
        refused: Why auditctl would not read the file at all.
        lost: Lines of the files that auditctl never sees.
        named: Paths named elsewhere, as in requirements: what is above one is a directory.
        listing: The lines tell what is loaded, so a duplicate is no fault, and
            no rule is refused for what the disk lacks today.

    Returns:
        The load. ``removed`` names the rules that the lines mean to load and
        the kernel would not have, and those that a line deletes again.
    """
    given = [
        line if isinstance(line, Line) else Line(Origin(None, number, line)) for number, line in enumerate(lines, 1)
    ]
    return _Simulation(given, dialect, paths, start, enabled, kernel, refused, named, listing).run(lost)


class _Simulation:
    def __init__(
        self,
        lines: Sequence[Line],
        dialect: Dialect,
        paths: Optional[PathState],
        start: Sequence[Rule],
        enabled: Optional[int],
        kernel: Optional[Tuple[int, ...]],
        refused: Optional[Rejected],
        named: Iterable[str],
        listing: bool,
    ) -> None:
        self._dialect = dialect
        self._paths = paths
        self._kernel = kernel
        self._listing = listing
        self._warnings: List[str] = []
        self._foreseen = 0
        self._read = [self._parse(line) for line in lines]
        self._directories = ancestors(self._all_paths(named))
        self._started = frozenset(rule.origin for rule in start)
        self._real = FilterLists(start)
        self._meant = FilterLists(start)
        self._absent: Dict[Origin, Tuple[Origin, str]] = {}
        self._settings: Dict[str, Setting] = {}
        self._rejected: List[Rejected] = []
        self._removed: List[Removed] = []
        self._ignore = False
        self._stopped_at: Optional[Origin] = None
        self._stopped_by: Optional[Tuple[Origin, str]] = None
        self._lock: Optional[Origin] = Origin(_KERNEL, None, "enabled 2") if enabled == LOCKED else None
        if refused is not None:
            self._reject(refused.origin, refused.reason, refused.remedy, False)
        elif self._lock is not None:
            self._reject(
                self._lock,
                "the kernel's rules are locked (enabled is 2), and auditctl -R does nothing",
                "reboot: the rules are loaded then.",
                False,
            )

    def run(self, lost: Sequence[Lost]) -> Load:
        for item in self._read:
            stopped_by = self._stopped_by
            if stopped_by is None:
                self._step(item)
            else:
                self._foresee(item, stopped_by)
        self._account(lost)
        if self._ignore and self._rejected and self._stopped_by is None:
            self._warnings.append(
                "{0} line(s) were refused, and the load goes on without them (-i or -c)".format(len(self._rejected))
            )
        return Load(
            loaded=self._real.rules(),
            removed=tuple(self._removed),
            rejected=tuple(self._rejected),
            stopped_at=self._stopped_at,
            warnings=tuple(dict.fromkeys(self._warnings)),
            settings=self._settings,
        )

    # -- reading -----------------------------------------------------------------

    def _parse(self, line: Line) -> _Read:
        origin = line.origin
        try:
            statement = parse_line(origin.text, self._dialect, origin.file, origin.line)
        except RuleError as error:
            # Without its traceback, whose frames would be kept with it: a file can have many bad lines.
            return _Read(line, None, error.with_traceback(None), error.before)
        return _Read(line, statement, None, () if statement is None else statement.before)

    def _all_paths(self, named: Iterable[str]) -> Iterable[str]:
        found = list(named)
        for item in self._read:
            if item.statement is not None and item.statement.rule is not None:
                found.extend(named_paths(item.statement.rule))
        return found

    def _resolved(self, statement: Statement, warn: bool = True) -> Rule:
        rule = statement.rule
        if rule is None:
            raise ValueError("{0}: a statement that adds or deletes must have a rule".format(statement.origin))
        rule, warning = resolve_watch(rule, self._paths, self._directories)
        if warning and warn:
            self._warnings.append("{0}: {1}".format(statement.origin, warning))
        return rule

    # -- the load --------------------------------------------------------------------

    def _step(self, item: _Read) -> None:
        """One line, as auditctl and the kernel treat it."""
        origin = item.line.origin
        try:
            for earlier in item.before:
                self._execute(earlier, origin)
            if item.error is not None:
                raise _Refusal(item.error.message, item.error.remedy or "")
            if item.statement is not None:
                for warning in item.statement.warnings:
                    self._warnings.append("{0}: {1}".format(origin, warning))
                self._execute(item.statement, origin)
        except _Refusal as error:
            reason, remedy = error.reason, error.remedy
            if item.line.parts:
                reason = "{0} ({1})".format(reason, _NO_NEWLINE.format(item.line.parts[0].file))
                remedy = "end {0} with a newline.".format(item.line.parts[0].file)
            self._reject(origin, reason, remedy, self._ignore)

    def _execute(self, statement: Statement, origin: Origin) -> None:
        verb = statement.verb
        if verb == "add":
            rule = self._resolved(statement)
            self._meant.add(rule)
            self._add(rule, origin)
        elif verb == "delete":
            self._delete(self._resolved(statement), origin, _means_to_add(origin.text))
        elif verb == "delete_all":
            part = None if statement.value is None else str(statement.value)
            if self._real.with_key(part):
                self._demand_unlocked(origin)
            self._meant.delete_all(part)
            for gone in self._real.delete_all(part):
                if gone.origin not in self._started:
                    self._removed.append(Removed(gone, origin, "{0} deletes it".format(shown(origin.text.strip()))))
        elif verb == "set":
            self._set(statement, origin)
        elif verb == "option":
            self._ignore = True
        elif verb in ("trim", "make_equivalent"):
            self._demand_unlocked(origin)
            if verb == "make_equivalent":
                self._make_equivalent(statement, origin)
        elif statement.name == "deprecated":
            self._rejected.append(
                Rejected(
                    origin,
                    "the action possible is deprecated: auditctl passes over this line and goes on",
                    "write always, or delete this line.",
                )
            )

    def _add(self, rule: Rule, origin: Origin) -> None:
        self._absent[rule.origin] = (origin, "the line that would load it was refused")
        if self._lock is not None:
            self._absent[rule.origin] = (self._lock, self._locked())
        self._demand_unlocked(origin)
        existing = None if rule.prepend else self._real.same_as(rule)
        if existing is not None:
            if self._listing:
                del self._absent[rule.origin]
                return
            raise _Refusal(
                "Rule exists: {0} is the same rule to the kernel".format(existing.origin),
                "delete this line, or the other one.",
            )
        refused = None if self._listing else refusal(rule, self._paths, self._kernel)
        if refused is not None:
            raise _Refusal(*refused)
        self._real.add(rule)
        del self._absent[rule.origin]

    def _delete(self, rule: Rule, origin: Origin, by_accident: bool) -> None:
        said = ""
        if by_accident:
            said = "auditctl {0} takes -A for -d (mended in 4.1.1)".format(
                ".".join(str(part) for part in self._dialect.version)
            )
            self._meant.add(rule._replace(prepend=True))
            self._absent[rule.origin] = (origin, said)
        self._demand_unlocked(origin)
        gone = self._real.delete(rule)
        if not by_accident:
            self._meant.delete(rule)
        if gone is None:
            raise _Refusal(
                "No such file or directory: {0}no loaded rule is this very rule (same keys, same order)".format(
                    said + ", and " if said else ""
                ),
                "write -a, first of all rules." if by_accident else "delete this line, or repeat the whole rule in it.",
            )
        self._removed.append(Removed(gone, origin, said or "{0} deletes it".format(shown(origin.text.strip()))))

    def _set(self, statement: Statement, origin: Origin) -> None:
        name = str(statement.name)
        if name not in _NEVER_LOCKED:
            self._demand_unlocked(origin)
        if name not in _STATUS:
            return
        if not isinstance(statement.value, int):
            raise ValueError("{0}: the value of {1} must be a number".format(origin, name))
        self._settings[name] = Setting(statement.value, origin)
        if name == "enabled" and statement.value == LOCKED:
            self._lock = origin

    def _make_equivalent(self, statement: Statement, origin: Origin) -> None:
        mentioned = statement.value if isinstance(statement.value, tuple) else ()
        for path in mentioned:
            if self._paths is not None and self._paths.lexists(path) is False:
                raise _Refusal(
                    "No such file or directory: {0} does not exist".format(shown(path)),
                    "create {0} before the rules are loaded, or delete this line on this host.".format(shown(path)),
                )
        self._warnings.append(
            "{0}: what directory rules cover because of -q is not judged: they may cover more".format(origin)
        )

    # -- faults ------------------------------------------------------------------------

    def _demand_unlocked(self, origin: Origin) -> None:
        if self._lock is not None:
            raise _Refusal(
                "Operation not permitted: {0}".format(self._locked()),
                "move {0} behind every other line.".format(self._lock),
            )

    def _locked(self) -> str:
        return "enabled is 2 from {0} on, and nothing can be changed after it".format(self._lock)

    def _reject(self, origin: Origin, reason: str, remedy: str, goes_on: bool) -> None:
        self._rejected.append(Rejected(origin, reason, remedy))
        if goes_on:
            return
        self._stopped_at = origin
        if self._lock is not None:
            self._stopped_by = (self._lock, self._locked())
        else:
            self._stopped_by = (origin, "the load stops at {0}: {1}".format(origin, reason))

    # -- what would have been ------------------------------------------------------------

    def _foresee(self, item: _Read, stopped_by: Tuple[Origin, str]) -> None:
        """A line behind the end of the load: what it would have done."""
        if item.error is not None:
            self._foreseen += 1
            if self._foreseen <= _MOST_FORESEEN:
                self._warnings.append(
                    "{0}: not reached, and would be refused too: {1}".format(item.line.origin, item.error.message)
                )
            return
        for statement in item.before + ((item.statement,) if item.statement is not None else ()):
            self._foresee_one(statement, item.line.origin, stopped_by)

    def _foresee_one(self, statement: Statement, origin: Origin, stopped_by: Tuple[Origin, str]) -> None:
        if statement.verb == "add" or (statement.verb == "delete" and _means_to_add(origin.text)):
            rule = self._resolved(statement, warn=False)
            self._meant.add(rule)
            self._absent[rule.origin] = stopped_by
        elif statement.verb == "delete":
            self._meant.delete(self._resolved(statement, warn=False))
        elif statement.verb == "delete_all":
            self._meant.delete_all(None if statement.value is None else str(statement.value))
        elif statement.verb == "set" and statement.name in _STATUS:
            self._warnings.append("{0}: not reached: {1}".format(origin, shown(origin.text.strip())))

    def _account(self, lost: Sequence[Lost]) -> None:
        """Fill ``removed`` with what the lines mean to load and the kernel lacks."""
        loaded = frozenset(rule.origin for rule in self._real.rules())
        refused = frozenset(rejected.origin for rejected in self._rejected if rejected.origin not in self._locked_out())
        for rule in self._meant.rules():
            if rule.origin in loaded or rule.origin in refused or rule.origin not in self._absent:
                continue
            by, why = self._absent[rule.origin]
            self._removed.append(Removed(rule, by, why))
        for item in self._read:
            for part in item.line.parts:
                self._mourn(part, item.line.parts[0], _NO_NEWLINE.format(item.line.parts[0].file))
        for line in lost:
            self._warnings.append("{0}: {1}".format(line.origin, line.why))
            self._mourn(line.origin, line.by, line.why)

    def _locked_out(self) -> FrozenSet[Origin]:
        return frozenset(origin for origin, (by, _why) in self._absent.items() if by == self._lock)

    def _mourn(self, origin: Origin, by: Origin, why: str) -> None:
        try:
            statement = parse_line(origin.text, self._dialect, origin.file, origin.line)
        except RuleError:
            return
        if statement is None or statement.verb != "add":
            return
        rule = self._resolved(statement, warn=False)
        if self._real.same_as(rule) is None:
            self._removed.append(Removed(rule, by, why))


def _means_to_add(text: str) -> bool:
    """Is a deletion written as -A? auditctl 4.0.4 to 4.1.0 take it for that."""
    return any(word.startswith("-A") for word in text.split(" "))
