# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a load is to leave in the kernel, and what the kernel shows of it."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.deploy.switch import UNORDERED
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel_write import LOCKED
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import LISTS, Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.netlink import SOURCE
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.render import render
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

SETTINGS = ("enabled", "failure", "rate_limit", "backlog_limit", "backlog_wait_time")
"""The status values that a load makes and that can be put back."""

_OPTIONS = {"enabled": "-e", "failure": "-f", "rate_limit": "-r", "backlog_limit": "-b"}
_ZERO_IS_NO_LIMIT = ("rate_limit", "backlog_limit")


def in_order(rules: Sequence[Rule]) -> List[Rule]:
    """The rules of a load, list by list, as each is tried: what was added with ``-A`` stands in front, the last first.

    Of rules that mean the same the one that is tried first is kept: the others never match.
    """
    found: List[Rule] = []
    for name in LISTS:
        here = [rule for rule in rules if rule.list == name]
        tried = [rule for rule in reversed(here) if rule.prepend] + [rule for rule in here if not rule.prepend]
        first: Dict[Any, Rule] = {}
        for rule in tried:
            first.setdefault(identity(rule), rule)
        found += first.values()
    return found


def wanted_settings(load: Load) -> Dict[str, int]:
    """The status values that a load makes, without the lock: ``enabled`` 2 is 1 until it is taken.

    Rules record nothing while audit is off, so it is to be on where no line says otherwise, as auditd sees to when it
    starts (its main(), ``audit_set_enabled``).
    """
    found = {name: load.settings[name].value for name in SETTINGS if name in load.settings}
    if found.get("enabled", LOCKED) == LOCKED:
        found["enabled"] = 1
    return found


def until_boot(load: Load, status: Status) -> List[str]:
    """What of a load's locks only the next boot brings about, each as a clause.

    A lock that is to be set and is not is no such thing: commit sets it. One that is set stays.
    """
    locks, logins = (load.settings.get(name, Setting(0)).value for name in ("enabled", "loginuid_immutable"))
    found: List[str] = []
    if status.enabled == LOCKED and locks != LOCKED:
        found.append("the rules are locked, and no file locks them any more")
    if status.loginuid_immutable and not logins:
        found.append("login uids cannot be changed, and no file asks for that any more")
    if status.enabled == LOCKED and logins and not status.loginuid_immutable:
        found.append("login uids are not to be changed, which was not asked for before the rules were locked")
    return found


def generous(before: Dict[str, int], after: Dict[str, int], backlog: int) -> Dict[str, int]:
    """The values while rules change: of before and after the one that lets more through; failure is left as it is.

    Args:
        before: The values in force; what this kernel has.
        after: The values to be, for the same names.
        backlog: The least backlog_limit; 0 for none.
    """
    found: Dict[str, int] = {}
    for name in ("enabled", "rate_limit", "backlog_limit", "backlog_wait_time"):
        if name not in before:
            continue
        two = (before[name], after[name])
        if name in _ZERO_IS_NO_LIMIT and 0 in two:
            found[name] = 0
        else:
            found[name] = max(two + ((backlog,) if name == "backlog_limit" else ()))
    return found


def differences(load: Load, kernel: Sequence[Rule], status: Status) -> List[Dict[str, Any]]:
    """How rules and settings in the kernel differ from what a load is to leave.

    Args:
        load: What is to be.
        kernel: The kernel's rules as it lists them.
        status: The kernel's status.

    Returns:
        ``kind`` (not_loaded, not_on_disk, order, setting), ``rule``, ``file``,
        ``line`` and a sentence, ``text``; empty where nothing differs.
    """
    found: List[Dict[str, Any]] = []
    wanted = in_order(load.loaded)
    for name in LISTS:
        found += _of_list(
            name, [rule for rule in wanted if rule.list == name], [rule for rule in kernel if rule.list == name]
        )
    for name, value in sorted(wanted_settings(load).items()):
        now = getattr(status, name)
        # Locked is on, and more than on: the lock is not this comparison's.
        if now != value and not (name == "enabled" and value == 1 and now == LOCKED):
            origin = load.settings.get(name, Setting(value)).origin or Origin()
            text = "{0} is {1} in the kernel, and is to be {2}".format(name, now, value)
            option = "{0} {1}".format(_OPTIONS.get(name, "--" + name), value)
            found.append(_difference("setting", option, origin, text))
    return found


def _of_list(name: str, wanted: List[Rule], kernel: List[Rule]) -> List[Dict[str, Any]]:
    there = [identity(rule) for rule in wanted]
    here = [identity(rule) for rule in kernel]
    held = set(here)
    found = [
        _difference("not_loaded", _text(rule), rule.origin, "{0} is not in the kernel".format(named(rule)))
        for rule, same in zip(wanted, there)
        if same not in held
    ]
    known = set(there)
    found += [
        _difference(
            "not_on_disk", _text(rule), rule.origin, "{0} is in the kernel, and is not wanted".format(named(rule))
        )
        for rule, same in zip(kernel, here)
        if same not in known
    ]
    if found or name in UNORDERED:
        return found
    swap = _swapped(wanted, there, list(dict.fromkeys(here)))
    if swap is not None:
        text = "{0} is to be tried before {1}, and comes behind it in the kernel".format(*[named(one) for one in swap])
        found.append(_difference("order", _text(swap[0]), swap[0].origin, text))
    return found


def _swapped(wanted: List[Rule], there: List[Any], here: List[Any]) -> Optional[Tuple[Rule, Rule]]:
    """The first rule that stands elsewhere than wanted, and the one that is in its place."""
    by_meaning = dict(zip(there, wanted))
    for one, other in zip(there, here):
        if one != other:
            return by_meaning[one], by_meaning[other]
    return None


def _difference(kind: str, rule: str, origin: Origin, text: str) -> Dict[str, Any]:
    return {"kind": kind, "rule": rule, "file": origin.file, "line": origin.line, "text": text}


def _text(rule: Rule) -> str:
    """The line that was written; of a rule that the kernel told, a line that means it."""
    text = rule.origin.text.strip()
    if not text:
        try:
            text = render(rule, Dialect(machine=host.machine()))
        except TrailError:  # another program loaded it, and auditctl has no words for it
            text = "a rule of the {0} list".format(rule.list)
    return text


def named(rule: Rule) -> str:
    """The rule with its place, where that is a file."""
    text = "`{0}`".format(shown(_text(rule)))
    return text if rule.origin.file in (None, SOURCE) else "{0} ({1})".format(text, rule.origin)
