# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's rule lists while rules are loaded: what it takes for the same rule, and what it refuses.

From kernel/auditfilter.c (``audit_add_rule``, ``audit_del_rule``,
``audit_compare_rule``), kernel/audit_watch.c, audit_tree.c and
audit_fsnotify.c, read at 6.1.
"""

from typing import Dict, Iterable, List, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Rule, with_watch_as
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown

KEY_SEPARATOR = "\x01"  # auditctl joins the keys of a rule with it: the kernel sees one string


def kernel_key(rule: Rule) -> Tuple[object, ...]:
    """What ``audit_compare_rule`` compares: everything, in the written order, keys included."""
    return (rule.list, rule.action or "always", rule.syscalls, rule.conditions, KEY_SEPARATOR.join(rule.keys))


class FilterLists:
    """The rules in the kernel, in load order."""

    def __init__(self, start: Iterable[Rule] = ()) -> None:
        self._rules: Dict[int, Rule] = {}
        self._places: Dict[Tuple[object, ...], List[int]] = {}
        self._next = 0
        for rule in start:
            self._put(rule)

    def rules(self) -> Tuple[Rule, ...]:
        """All rules, in the order in which they were added."""
        return tuple(self._rules.values())

    def same_as(self, rule: Rule) -> Optional[Rule]:
        """The first rule in the kernel that is this very rule."""
        places = self._places.get(kernel_key(rule))
        return self._rules[places[0]] if places else None

    def add(self, rule: Rule) -> Optional[Rule]:
        """Add a rule; returns the rule that is in its way (EEXIST), or None.

        The comparison includes the -A flag, which no rule in a list has any
        more: so a rule given with -A is never found to exist.
        """
        existing = None if rule.prepend else self.same_as(rule)
        if existing is None:
            self._put(rule)
        return existing

    def delete(self, rule: Rule) -> Optional[Rule]:
        """Delete the first rule that is this very rule; returns it, or None (ENOENT)."""
        places = self._places.get(kernel_key(rule))
        if not places:
            return None
        # The list has the rules of -A in front, the last of them first.
        front = [place for place in places if self._rules[place].prepend]
        return self._take(front[-1] if front else places[0])

    def with_key(self, part: Optional[str]) -> List[Rule]:
        """The rules that ``-D`` (None) or ``-D -k part`` deletes: auditctl's key_match looks for a substring."""
        return [rule for rule in self._rules.values() if _has_key(rule, part)]

    def delete_all(self, part: Optional[str]) -> List[Rule]:
        """Delete what ``-D`` or ``-D -k part`` would; returns it."""
        places = [place for place, rule in self._rules.items() if _has_key(rule, part)]
        return [self._take(place) for place in places]

    def _put(self, rule: Rule) -> None:
        self._rules[self._next] = rule
        self._places.setdefault(kernel_key(rule), []).append(self._next)
        self._next += 1

    def _take(self, place: int) -> Rule:
        rule = self._rules.pop(place)
        self._places[kernel_key(rule)].remove(place)
        return rule


def _has_key(rule: Rule, part: Optional[str]) -> bool:
    return not part or bool(rule.keys) and part in KEY_SEPARATOR.join(rule.keys)


def named_paths(rule: Rule) -> List[str]:
    """The paths a rule names (watch, path, dir, exe)."""
    return [
        condition.value
        for condition in rule.conditions
        if isinstance(condition, Field)
        and condition.name in ("watch", "path", "dir", "exe")
        and isinstance(condition.value, str)
    ]


def ancestors(paths: Iterable[str]) -> Set[str]:
    """Every directory that must exist if these paths make sense, without the paths themselves."""
    found: Set[str] = set()
    for path in paths:
        parent = path.rstrip("/").rpartition("/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    found.add("/")
    return found


def resolve_watch(rule: Rule, paths: Optional[PathState], directories: Set[str]) -> Tuple[Rule, Optional[str]]:
    """A ``-w`` rule as auditctl sends it: ``dir`` where stat() finds a directory, else ``path``.

    Without evidence, a path is a directory if it is written with a closing
    slash or another path is below it.

    Returns:
        The rule, and a warning where nothing told which it is.
    """
    watch = rule.value("watch")
    if watch is None:
        return rule, None
    path = str(watch)
    is_dir = paths.stat_is_dir(path) if paths is not None else None
    warning = None
    if is_dir is None:
        # The parser takes closing slashes off, as auditctl does before it looks.
        is_dir = path in directories or path + "/" in rule.origin.text.split(" ")
        if not is_dir:
            warning = "nothing tells whether {0} is a directory: the watch is read as one on a file".format(shown(path))
    return with_watch_as(rule, "dir" if is_dir else "path"), warning


def refusal(rule: Rule, paths: Optional[PathState], kernel: Optional[Tuple[int, ...]]) -> Optional[Tuple[str, str]]:
    """Why this host's kernel would not take the rule (no lock, no duplicate), and the remedy; or None."""
    if rule.list == "io_uring" and kernel is not None and kernel < (5, 16):
        return (
            "Invalid argument: this kernel ({0}) has no io_uring list, which came with 5.16".format(
                ".".join(str(part) for part in kernel)
            ),
            "delete this line on this host.",
        )
    if paths is None:
        return None
    for condition in rule.conditions:
        if not isinstance(condition, Field) or not isinstance(condition.value, str):
            continue
        path = condition.value
        if condition.name in ("path", "exe") and paths.parent_exists(path) is False:
            parent = path.rpartition("/")[0] or "/"
            return (
                "No such file or directory: {0} does not exist, so the kernel cannot watch {1}".format(
                    shown(parent), shown(path)
                ),
                "create {0} before the rules are loaded, or delete this line on this host.".format(shown(parent)),
            )
        if condition.name == "dir" and paths.lexists(path) is False:
            return (
                "No such file or directory: the directory {0} does not exist".format(shown(path)),
                "create {0} before the rules are loaded, or delete this line on this host.".format(shown(path)),
            )
    return None
