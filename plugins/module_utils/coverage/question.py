# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The question that audit_coverage_info asks: these requirements, of those rules, on this host."""

import os
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import host as facts
from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.coverage.call_kinds import call_kinds
from ansible_collections.auditops.trail.plugins.module_utils.coverage.given import given
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Host, Solver, check_requirement
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RequirementError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import (
    ancestors,
    named_paths,
    resolve_watch,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import (
    Merged,
    read_audit_rules,
    read_rules_dir,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

Plain = Dict[str, Any]
_STATUS = ("enabled", "failure", "backlog_limit", "rate_limit", "backlog_wait_time", "loginuid_immutable")
_EXAMPLE = "write it as in a rules file, such as `-w /etc/passwd -p wa`."


class Question(NamedTuple):
    """The module's parameters; None stands for the host's own evidence.

    ``rules`` and ``rules_dir`` exclude each other; without both the running
    kernel is asked. ``paths`` is a saved path state (rules/paths.py).
    """

    requirements: Tuple[str, ...]
    rules: Optional[Tuple[str, ...]] = None
    rules_dir: Optional[str] = None
    loader: str = "augenrules"
    arch: Optional[str] = None
    uid_min: Optional[int] = None
    user_arches: Optional[Tuple[str, ...]] = None
    paths: Optional[Plain] = None
    auditd_version: Optional[str] = None


def answer(question: Question) -> Plain:
    """The coverage of each requirement, and what came of the load where rules were given.

    Returns:
        ``coverage`` (a list of Coverage.as_dict), ``warnings`` on how the question was understood, and, for ``rules``
        and ``rules_dir``, ``load`` (:func:`load_dict`).

    Raises:
        RequirementError: A requirement is no event class.
        RuleError: A line of ``rules`` is refused by auditctl.
        EvidenceError: Something could not be read.
    """
    if not question.requirements:
        raise RequirementError("there is no requirement: nothing was asked", "requirements", None, _EXAMPLE)
    warnings: List[str] = []
    machine = facts.machine(question.arch)
    dialect = Dialect(_version(question, warnings), machine)
    understood = list(warnings)
    requirements = [_requirement(text, number, dialect) for number, text in enumerate(question.requirements, 1)]
    host = _host(question, machine)
    named = _named(requirements)
    load = _load(question, dialect, host, named, warnings)
    known = named + _named(load.loaded)
    directories = ancestors(known)
    rules = load.loaded + tuple(requirements)
    # A number tells nothing by itself, and programs are compared by their inodes.
    if any(rule.fields("inode") or rule.fields("exe") for rule in rules):
        host.paths.collect(known)
    solver = Solver(load, host)
    coverage = []
    for requirement in requirements:
        resolved, _warning = resolve_watch(requirement, host.paths, directories)
        coverage.append(solver.judge(resolved).as_dict())
    unread = host.paths.unread()
    if unread is not None:
        understood.append(
            "{0}: {1}: what cannot be looked at is compared as text, so links and mounts there go unseen".format(
                *unread
            )
        )
    denied = host.paths.denied()
    if denied is not None:
        understood.append(
            "{0}: {1}: what may not be looked at is compared as text, so links and mounts there go unseen; run as root "
            "(become: true)".format(*denied)
        )
    result: Plain = {"coverage": coverage, "warnings": understood}
    if not load.live:
        result["load"] = load_dict(load._replace(warnings=tuple(warnings) + load.warnings))
    return result


def load_dict(load: Load) -> Plain:
    """A load as plain data: ``loaded, removed, rejected, stopped_at, warnings, settings, set_by``."""
    return {
        "loaded": [_line(rule.origin) for rule in load.loaded],
        "removed": [dict(_line(gone.rule.origin), by=_line(gone.by), why=gone.why) for gone in load.removed],
        "rejected": [
            dict(_line(refused.origin), reason=refused.reason, remedy=refused.remedy) for refused in load.rejected
        ],
        "stopped_at": None if load.stopped_at is None else _line(load.stopped_at),
        "warnings": list(load.warnings),
        "settings": {name: setting.value for name, setting in sorted(load.settings.items())},
        "set_by": {
            name: _line(setting.origin) for name, setting in sorted(load.settings.items()) if setting.origin is not None
        },
    }


def _line(origin: Origin) -> Plain:
    return {"rule": origin.text, "file": origin.file, "line": origin.line}


def _named(rules: Iterable[Rule]) -> List[str]:
    """The paths that rules name; with a name in each that is written as a directory, by its closing slash."""
    found = []
    for rule in rules:
        for path in named_paths(rule):
            found.append(path)
            if path + "/" in rule.origin.text.split(" "):
                found.append(path + "/any")
    return found


# -- the parts of the question -------------------------------------------------------


def _version(question: Question, warnings: List[str]) -> Tuple[int, ...]:
    if question.auditd_version is not None:
        try:
            version: Optional[Tuple[int, ...]] = facts.parse_version(question.auditd_version)
        except ValueError:
            raise EvidenceError(
                "auditd_version {0!r} is not a version".format(question.auditd_version),
                remedy="write it like 3.0.9.",
            ) from None
    else:
        version = facts.audit_version()
    if version is None:
        warnings.append(
            "the audit package is not installed here: lines are read as its version {0} reads them; "
            "pass auditd_version to choose another".format(facts.spelled(facts.NEWEST_AUDIT))
        )
        return facts.NEWEST_AUDIT
    known, warning = facts.known_version(version)
    if warning is not None:
        warnings.append(warning)
    return known


def _uid_min(question: Question) -> int:
    if question.uid_min is None:
        return facts.uid_min()
    if not facts.is_uid(question.uid_min):
        raise EvidenceError(
            "uid_min {0} is no uid".format(question.uid_min),
            remedy="give a number from 0 to {0}, as UID_MIN of the hosts' /etc/login.defs; mostly that is 1000.".format(
                facts.MOST_UID
            ),
        )
    return question.uid_min


def _requirement(text: str, number: int, dialect: Dialect) -> Rule:
    if "\n" in text.strip("\n"):
        raise RequirementError(
            "the requirement has several lines: {0!r}".format(text),
            "requirements",
            number,
            "write each as one of its own.",
        )
    try:
        statement = parse_line(text, dialect, "requirements", number)
    except RuleError as error:
        raise RequirementError(error.message, error.file, error.line, error.remedy or _EXAMPLE) from None
    if statement is None or statement.verb != "add" or statement.rule is None or statement.before:
        raise RequirementError("{0!r} is not a rule that records events".format(text), "requirements", number, _EXAMPLE)
    check_requirement(statement.rule)
    return statement.rule


def _host(question: Question, machine: str) -> Host:
    own = question.arch is None or machine == _own_machine()
    options = kernel_build.build_options() if own else None
    parameters = kernel_build.boot_parameters() if own else []
    arches = question.user_arches
    if arches is None:
        arches = kernel_build.user_arches(machine, options, parameters)
    nobody = kernel_build.io_uring_disabled(options) if own else None
    # Rules or paths that are given may be another host's.
    here = own and question.rules is None and question.paths is None
    return Host(
        machine=machine,
        kernel=facts.upstream_release(facts.kernel_release()),
        user_arches=call_kinds(machine, arches),
        uid_min=_uid_min(question),
        paths=PathState.of_host() if question.paths is None else PathState.from_dict(question.paths),
        io_uring_disabled=None if nobody is None else 2 if nobody else 0,
        boot_audit=kernel_build.boot_audit(parameters) if question.rules is None else None,
        label_modules=kernel_build.label_modules() if here else None,
    )


def _own_machine() -> Optional[str]:
    try:
        return facts.machine()
    except EvidenceError:
        return None


def _load(question: Question, dialect: Dialect, host: Host, named: Sequence[str], warnings: List[str]) -> Load:
    if question.rules is not None:
        return given(question.rules, dialect, host, named, warnings)
    if question.rules_dir is not None:
        merged = _on_disk(question.rules_dir, question.loader, dialect.version)
        if not any(line.origin.text.split() == ["-D"] for line in merged.lines):
            warnings.append(
                "there is no plain -D: judged as after a boot; a later load adds to the rules that are loaded then"
            )
        warnings.extend(merged.warnings)
        return simulate(
            merged.lines,
            dialect,
            host.paths,
            kernel=host.kernel,
            refused=merged.refused,
            lost=merged.lost,
            named=named,
        )
    if question.arch is not None and dialect.machine != _own_machine():
        raise EvidenceError(
            "the running kernel is not one of a {0}".format(question.arch),
            remedy="leave arch out, or pass rules or rules_dir.",
        )
    return _running(dialect.machine)


def _on_disk(directory: str, loader: str, version: Tuple[int, ...]) -> Merged:
    if loader == "auditctl":
        return read_audit_rules(os.path.join(os.path.dirname(directory.rstrip("/")), "audit.rules"), version)
    if facts.find_program("awk") is not None:
        return read_rules_dir(directory, facts.awk_kind(), version)
    merged = [read_rules_dir(directory, awk, version) for awk in ("gawk", "mawk")]
    if merged[0].lines != merged[1].lines:
        raise EvidenceError(
            "the order of the lines depends on the awk that augenrules runs, and there is none here",
            directory,
            remedy="take the white space away in front of -D, -b, -f, -e and comments, or install awk.",
        )
    return merged[0]


def _running(machine: str) -> Load:
    status = kernel.read_status()
    rules = tuple(kernel.list_rules(machine))
    values = {name: getattr(status, name) for name in _STATUS}
    return Load(
        loaded=rules,
        settings={name: Setting(value) for name, value in values.items() if value is not None},
        live=True,
    )
