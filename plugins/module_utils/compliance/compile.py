# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a requirement to the lines that fulfil it on this host.

auditctl 3.1.3 and later call a watch and a perm field without an arch slow
(their own message), so they get one line for each kind of call. auditctl then
puts its own list of calls into the line, and that list lacks some that the
kernel counts: execveat until 4.2, fchmodat2 until 4.1, truncate64 of 32-bit
programs. The solver finds them, and they are named in the line; where this
auditctl does not know one by name, the line does without an arch. Older ones
get the watch that everyone knows. No form is trusted: lines are returned only
when the solver has shown that they cover the requirement.
"""

from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import Requirement, object_paths
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import PERM_LETTERS, Dialect, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

_ARCH_FORM = (3, 1, 3)  # from here on "Old style watch rules are slower"
_MOST_CALLS = 8  # more would be another rule than the requirement's
_OBJECT_FIELDS = {"path", "dir", "watch", "perm"}


class Compiled(NamedTuple):
    """Lines for a rules file, and the load that they make."""

    lines: Tuple[str, ...]
    load: Load


def compile_requirement(
    requirement: Requirement, key: Optional[str], dialect: Dialect, host: Host
) -> Optional[Compiled]:
    """The lines that make this host record what the requirement demands.

    Args:
        requirement: What must be recorded.
        key: The key to give the rules, or None.
        dialect: The host's auditctl and machine.
        host: The host's evidence.

    Returns:
        The first form of which the solver proves that it covers the requirement; None where it proves none, as
        for a path whose directory does not exist.
    """
    for lines in _forms(requirement, key, dialect, host):
        load = _load(lines, dialect, host)
        if not load.rejected and Solver(load, host).judge(requirement.rule).outcome == "covered":
            return Compiled(tuple(lines), load)
    return None


def _load(lines: Sequence[str], dialect: Dialect, host: Host) -> Load:
    return simulate(from_texts(lines, "the remedy"), dialect, host.paths, kernel=host.kernel)


def _forms(requirement: Requirement, key: Optional[str], dialect: Dialect, host: Host) -> Iterator[List[str]]:
    rule = requirement.rule
    perms = _plain_watch(rule)
    if perms is None:
        yield [requirement.text + _key(requirement.text, key)]
        return
    for path in _names(object_paths(rule)[0], host):
        kind = "dir" if host.paths.stat_is_dir(path) else "path"
        if tuple(dialect.version) >= _ARCH_FORM:
            fields = "-F {0}={1} -F perm={2}".format(kind, _escaped(path), perms)
            yield _by_arch(requirement, fields, key, dialect, host)
            yield ["-a always,exit {0}{1}".format(fields, _key("", key))]
        yield ["-w {0} -p {1}{2}".format(_escaped(path), perms, " -k {0}".format(key) if key else "")]


def _by_arch(requirement: Requirement, fields: str, key: Optional[str], dialect: Dialect, host: Host) -> List[str]:
    """A line for each kind of call, with the calls that auditctl's own list for ``perm`` lacks."""
    # x32 has no arch of its own: its calls carry b64's, and no rule matches them.
    named: Dict[str, List[str]] = {arch: [] for arch in ("b64", "b32") if arch in host.user_arches}
    lines: List[str] = []
    for _again in range(_MOST_CALLS):
        lines = [
            "-a always,exit -F arch={0}{1} {2}{3}".format(
                arch, " -S {0}".format(",".join(sorted(calls))) if calls else "", fields, _key("", key)
            )
            for arch, calls in named.items()
        ]
        load = _load(lines, dialect, host)
        event = Solver(load, host).judge(requirement.rule).counterexample
        if load.rejected or event is None or event["syscall"] in named.get(event["arch"], [event["syscall"]]):
            break
        named[event["arch"]].append(event["syscall"])
    return lines


def _plain_watch(rule: Rule) -> Optional[str]:
    """The permissions of a rule that is a watch in meaning, else None."""
    names = [getattr(condition, "name", None) for condition in rule.conditions]
    if rule.list != "exit" or rule.syscalls is not None or set(names) - _OBJECT_FIELDS or len(object_paths(rule)) != 1:
        return None
    perm = rule.value("perm")
    if names.count("perm") != 1 or not isinstance(perm, int):
        return None
    letters = "".join(letter for letter, bit in PERM_LETTERS if perm & bit)
    return letters or None


def _names(path: str, host: Host) -> List[str]:
    """The path, preceded by what it stands for where it is a link to a directory: a rule on the link never fires."""
    place = host.paths.place(path)
    if not place.symlinked:
        return [path]
    real = host.paths.place(path, follow=True).real
    return [real, path] if host.paths.stat_is_dir(path) else [path, real]


def _key(text: str, key: Optional[str]) -> str:
    return "" if key is None or " -k " in text or "-F key=" in text else " -F key={0}".format(key)


def _escaped(path: str) -> str:
    # The one escape that rules files know (audit.rules(7)).
    return path.replace(" ", "\\ ")
