# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel in memory, as the real one takes rules, and the question what it would record.

It keeps lists in order, answers EEXIST and ENOENT by the very bytes, puts a
prepended rule in front without asking whether it is there, deletes the first
that is the same, and refuses all with EPERM once it is locked
(kernel/auditfilter.c). ``auditctl -R`` is played by this collection's own
reader of lines.
"""

import errno
import itertools

from ansible_collections.auditops.trail.plugins.module_utils.deploy.wire import Wire
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import rule_data
from ansible_collections.auditops.trail.plugins.module_utils.rules.encode import encode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import resolved
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel_write import ChangeRefused
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import LISTS, Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

DIALECT = Dialect((3, 0, 9), "x86_64", (("root", 0),), (("root", 0),))
_DEFAULT = Status(1, 1, 0, 0, 64, 0, 0, 15000, 0, 0, 0)


class FakeWire(Wire):
    """The kernel in memory. ``watcher`` is called after each change; ``fail_at`` numbers the request that fails."""

    def __init__(self, rules=(), status=_DEFAULT):
        super().__init__("/nowhere/auditctl")
        self.lists = {name: [] for name in LISTS}
        self.missing = ()  # paths whose directory is not there
        for rule in rules:
            self._add(encode_rule(rule))
        self.now = status
        self.requests = 0
        self.fail_at = None
        self.failure = ChangeRefused(errno.ENOMEM, "fail on purpose")
        self.watcher = lambda: None
        self.silent = False  # auditctl 3.0.9: exit 0, nothing loaded

    def payloads(self):
        return [payload for name in LISTS for payload in self.lists[name]]

    def status(self):
        return self.now

    def boot_id(self):
        return "boot"

    def add(self, payload):
        self._count()
        self._add(payload)
        self.watcher()

    def delete(self, payload):
        self._count()
        held = self.lists[self._list(payload)]
        if payload not in held:
            raise ChangeRefused(errno.ENOENT, "delete a rule")
        held.remove(payload)
        self.watcher()

    def set_status(self, **values):
        self._count()
        self.now = self.now._replace(**values)

    def make_loginuid_immutable(self):
        self._count()
        self.now = self.now._replace(loginuid_immutable=1, loginuid_locked=1)

    def load(self, path):
        self._count()
        if self.silent:
            return 0, ""
        with open(path, "rb") as stream:
            lines = stream.read().decode("utf-8", "surrogateescape").splitlines()
        for number, line in enumerate(lines, 1):
            try:
                rule = parse_line(line, DIALECT).rule
                self._add(encode_rule(resolved(rule, lambda path: path.startswith("/dir"))))
            except (RuleError, ChangeRefused) as exc:
                return 1, "{0}\nThere was an error in line {1} of {2}".format(exc.message, number, path)
            self.watcher()
        return 0, ""

    def _count(self):
        self.requests += 1
        if self.requests == self.fail_at:
            raise self.failure
        if self.now.enabled == 2:
            raise ChangeRefused(errno.EPERM, "change what is locked")

    def _list(self, payload):
        return rule_data.LISTS[payload[0] & rule_data.LIST_BITS]

    def _add(self, payload):
        held = self.lists[self._list(payload)]
        if payload[0] & rule_data.PREPEND:
            held.insert(0, bytes([payload[0] & ~rule_data.PREPEND]) + payload[1:])
            return
        if payload in held:
            raise ChangeRefused(errno.EEXIST, "add a rule")
        if decode_rule(payload).value("path") in self.missing:
            raise ChangeRefused(errno.ENOENT, "add a rule")
        held.append(payload)


# -- what would be recorded ---------------------------------------------------------

NAMES = ("/a", "/b")
EVENTS = tuple(
    (call, auid, names)
    for call in (1, 2)
    for auid in (1, 2)
    for count in (0, 1, 2)
    for names in itertools.permutations(NAMES, count)
)
"""A call, an auid, and the names that the call touches, in the kernel's order."""


def matches(rule, event, name=None):
    """Whether a rule's conditions hold; ``name`` is the one that a path rule is asked about."""
    call, auid, names = event
    if rule.syscalls is not None and call not in rule.syscalls:
        return False
    for condition in rule.conditions:
        if condition.name == "auid":
            holds = condition.value == auid
        elif condition.name == "path":
            holds = condition.value == name
        elif condition.name == "dir":
            holds = condition.value in names
        elif condition.name == "pid":
            holds = condition.op == "!=" and condition.value > 1 << 22
        else:
            raise AssertionError(condition)
        if not holds:
            return False
    return True


def verdict(rules, event):
    """always, never or None of the exit list, as audit_filter_syscall and audit_filter_inodes come to it."""
    place, found = len(rules), None
    for number, rule in enumerate(rules):
        if not rule.fields("path") and matches(rule, event):
            place, found = number, rule
            break
    for name in event[2]:
        for rule in rules[:place]:
            if rule.fields("path") and matches(rule, event, name):
                return rule.action
    return None if found is None else found.action


def recorded(payloads, event):
    """Whether an event is recorded under these rules: no list may be against it, and the exit list must be for it."""
    rules = [decode_rule(payload) for payload in payloads]
    of = {name: [rule for rule in rules if rule.list == name] for name in LISTS}
    for name in ("task", "user"):  # what no rule matches is recorded
        first = next((rule for rule in of[name] if matches(rule, event)), None)
        if first is not None and first.action == "never":
            return False
    if any(matches(rule, event) for rule in of["exclude"]):
        return False
    return verdict(of["exit"], event) == "always"
