# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a requirement to the lines that fulfil it on this host.

auditctl 3.1.3 and later call a watch and a perm field without an arch slow
(their own message), so they get one line for each kind of call; what they then
leave out (``perm=x`` with an arch is execve alone until 4.2) is named in the
line. Older ones get the watch that everyone knows. No form is trusted: lines
are returned only when the solver has shown that they cover the requirement.
"""

from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import Requirement, object_paths
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import PERM_LETTERS, Dialect, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

_ARCH_FORM = (3, 1, 3)  # from here on "Old style watch rules are slower"
_EXECVEAT = (4, 2)  # from here on perm=x with an arch means execveat too
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
        load = simulate(from_texts(lines, "the remedy"), dialect, host.paths, kernel=host.kernel)
        if not load.rejected and Solver(load, host).judge(requirement.rule).outcome == "covered":
            return Compiled(tuple(lines), load)
    return None


def _forms(requirement: Requirement, key: Optional[str], dialect: Dialect, host: Host) -> Iterator[List[str]]:
    rule = requirement.rule
    perms = _plain_watch(rule)
    if perms is None:
        yield [requirement.text + _key(requirement.text, key)]
        return
    for path in _names(object_paths(rule)[0], host):
        kind = "dir" if host.paths.stat_is_dir(path) else "path"
        by_arch = _by_arch(kind, path, perms, key, dialect, host.user_arches)
        watch = ["-w {0} -p {1}{2}".format(_escaped(path), perms, " -k {0}".format(key) if key else "")]
        if tuple(dialect.version) >= _ARCH_FORM:
            yield by_arch
            yield ["-a always,exit -F {0}={1} -F perm={2}{3}".format(kind, _escaped(path), perms, _key("", key))]
        yield watch


def _by_arch(
    kind: str, path: str, perms: str, key: Optional[str], dialect: Dialect, user_arches: Optional[Sequence[str]]
) -> List[str]:
    # x32 has no arch of its own: its calls carry b64's, and no rule matches them.
    arches = [arch for arch in ("b64", "b32") if user_arches is None or arch in user_arches]
    calls = " -S execve,execveat" if "x" in perms and tuple(dialect.version) < _EXECVEAT else ""
    return [
        "-a always,exit -F arch={0}{1} -F {2}={3} -F perm={4}{5}".format(
            arch, calls, kind, _escaped(path), perms, _key("", key)
        )
        for arch in arches
    ]


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
