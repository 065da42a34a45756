# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is asked for to the files, the load that they make on this host, and all that is to be told of it.

Nothing is written here. Every line is read as the host's auditctl reads it,
the whole of rules.d as augenrules merges it, and the load is simulated before
anything is changed; what would not come to its end is an error.
"""

import os
from typing import AbstractSet, Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.rule_set import RuleSet, rule_set
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.deploy import (
    duplicates,
    existing,
    missing,
    own_lines,
    wanted,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import Given
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import named_paths
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Rejected, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import (
    Merged,
    read_audit_rules,
    read_rules_dir,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED, simulate
from ansible_collections.auditops.trail.plugins.module_utils.rules.version_sort import version_sorted

Plain = Dict[str, Any]
_MOST_TOLD = 5


class Stage(NamedTuple):
    """rules.d as it is to be: ``files`` by name, what augenrules ``merged`` makes of them, and the ``load`` of that."""

    files: Dict[str, bytes]
    merged: Merged
    load: Load


class Planned(NamedTuple):
    """What a run would do.

    ``open`` is rules.d without the lock, ``closed`` with it (None where nothing is to be locked). ``ours`` are the
    names of the files that are ours from now on, ``away`` those that are taken away, ``purged`` those of them that
    were not ours. ``existing`` has ``equal, conflicts, others``.
    """

    open: Stage
    closed: Optional[Stage]
    ours: Tuple[str, ...]
    away: Tuple[str, ...]
    purged: Tuple[str, ...]
    existing: Plain
    missing: Tuple[missing.Missing, ...]
    merged: Tuple[duplicates.Merged, ...]
    unproven: Tuple[Plain, ...]
    warnings: Tuple[str, ...]


def plan(given: Given, posture: Plain, paths: PathState) -> Planned:
    """What is to be deployed on the host of this posture.

    Args:
        given: What is asked for.
        posture: ``host``, ``status`` and ``paths``, and what the plan's lines are made of.
        paths: What there is on the host: its own state, or a saved one.

    Raises:
        TrailError: something does not hold together, or a load would not come to its end; with file, line and remedy.
    """
    wanted.check(given)
    scene = _Scene(given, posture, paths)
    found = existing.contents(given.rules_dir)
    compiled = rule_set(posture, given.plan) if given.plan is not None else None
    lines, reports = scene.own(compiled)
    final = wanted.final_text(given)
    ours = sorted({line.file for line in lines})
    names = {os.path.basename(path) for path in ours}
    old = given.managed | {given.final_file}
    theirs = {name: data for name, data in found.items() if name not in names and name not in old}
    purged = sorted(theirs) if given.purge else []
    kept = {} if given.purge else theirs
    lines, equal, conflicts = existing.compare(
        lines, existing.rules_in(given.rules_dir, kept, scene.dialect), paths, given.adopt
    )
    if conflicts:
        raise _conflict(conflicts)
    files = dict(kept)
    for path in ours:
        files[os.path.basename(path)] = own_lines.content([line for line in lines if line.file == path])
    open_stage = scene.stage(files)
    scene.check(open_stage, names)
    if not given.purge:
        scene.refuse_loss(found, open_stage)
    closed = None
    if final is not None:
        closed = scene.stage(dict(files, **{given.final_file: final.encode("ascii")}))
        scene.check(closed, names | {given.final_file})
    others = [
        {"file": os.path.join(given.rules_dir, name), "rules": _rules_of(name, given.rules_dir, open_stage.load)}
        for name in sorted(kept)
    ]
    unproven = scene.unproven(compiled, open_stage.load)
    if unproven and given.on_unproven == "fail":
        raise _unproven(unproven)
    return Planned(
        open=open_stage,
        closed=closed,
        ours=tuple(sorted(names)),
        away=tuple(sorted((set(found) - set(files)) - ({given.final_file} if closed is not None else set()))),
        purged=tuple(purged),
        existing={"equal": equal, "conflicts": [], "others": others},
        missing=tuple(reports.missing),
        merged=tuple(reports.merged),
        unproven=tuple(unproven),
        warnings=tuple(reports.warnings) + tuple(open_stage.merged.warnings) + tuple(open_stage.load.warnings),
    )


def load_with(rules_dir: str, changed: Mapping[str, Kept], posture: Plain, paths: PathState) -> Load:
    """What rules.d would load with some of its files as they were once.

    Args:
        rules_dir: The folder.
        changed: By path; those that lie elsewhere are none of its files.
        posture: As for :func:`plan`.
        paths: As for :func:`plan`.

    Raises:
        TrailError: a file cannot be read.
    """
    contents = existing.contents(rules_dir)
    for path, kept in changed.items():
        if os.path.dirname(path) != rules_dir:
            continue
        contents.pop(os.path.basename(path), None)
        if kept.data is not None:
            contents[os.path.basename(path)] = kept.data
    return _Scene(Given(rules_dir=rules_dir), posture, paths).stage(contents).load


class _Reports(NamedTuple):
    missing: Sequence[missing.Missing]
    merged: Sequence[duplicates.Merged]
    warnings: Sequence[str]


class _Scene:
    """The host that is planned for."""

    def __init__(self, given: Given, posture: Plain, paths: PathState) -> None:
        self.given = given
        self.paths = paths
        self.dialect: Dialect = evidence.dialect(posture)
        self.awk: str = posture["host"].get("awk") or "gawk"
        self.host: Host = evidence.host(posture)._replace(paths=paths)

    def own(self, compiled: Optional[RuleSet]) -> Tuple[List[Written], _Reports]:
        """All lines of our files in load order, after the policies on missing paths and duplicates."""
        texts = {self.given.base_file: wanted.base_text(self.given)}
        if compiled is not None:
            texts[self.given.profile_file] = wanted.profile_text(self.given.about, compiled)
        texts.update(dict(self.given.own))
        names = [os.fsdecode(name) for name in version_sorted(os.fsencode(name) for name in texts)]
        lines: List[Written] = []
        for name in names:
            lines += own_lines.read(os.path.join(self.given.rules_dir, name), texts[name], self.dialect)
        lines, warnings = _unlocked(lines, self.given)
        self.paths.collect(path for line in lines if line.rule is not None for path in named_paths(line.rule))
        # Which paths a profile demands although they are missing is its controls' matter (their missing_path).
        of_profile = os.path.join(self.given.rules_dir, self.given.profile_file)
        policy = self.given.on_missing_path
        lines, lacking = missing.apply(lines, policy, self.paths, self.host.kernel, leave={of_profile})
        lines, merged = duplicates.merge(lines, self.paths)
        warnings += ["{0}:{1} is the same rule as {2}: merged".format(one.file, one.line, one.into) for one in merged]
        return lines, _Reports(lacking, merged, warnings)

    def stage(self, files: Dict[str, bytes]) -> Stage:
        """rules.d with these files, as augenrules would merge it and auditctl load it."""
        changes: Dict[str, Optional[bytes]] = dict.fromkeys(existing.names(self.given.rules_dir))
        changes.update(files)
        merged = read_rules_dir(self.given.rules_dir, self.awk, tuple(self.dialect.version), changes)
        load = simulate(merged.lines, self.dialect, self.paths, kernel=self.host.kernel, lost=merged.lost)
        return Stage(files, merged, load)

    def check(self, stage: Stage, ours: AbstractSet[str]) -> None:
        """Whether the load comes to its end, and sets what was asked for.

        Raises:
            RuleError: it does not.
        """
        stop, rejected = stage.load.stopped_at, list(stage.load.rejected)
        mine = [one for one in rejected if os.path.basename(one.origin.file or "") in ours]
        if stop is not None or mine:
            raise _refused(mine or rejected, self.dialect)
        for rule in stage.load.loaded:
            if silences_all(rule):
                raise _silenced(rule)
        for lost in stage.merged.lost:
            if os.path.basename(lost.origin.file or "") in ours and _asked(lost.origin, self.given) is None:
                raise RuleError("{0}: {1}".format(shown(lost.origin.text), lost.why), *lost.origin[:2], lost.remedy)
        asked = dict(self.given.settings)
        if self.given.final_file in stage.files and self.given.immutable:
            asked["enabled"] = LOCKED
        for name, value in asked.items():
            _check_setting(name, value, stage.load.settings.get(name))

    def refuse_loss(self, found: Dict[str, bytes], stage: Stage) -> None:
        """Whether audit.rules holds rules that no file of rules.d has: they would be overwritten.

        Somebody has written them there by hand, as where the service runs ``auditctl -R`` and not augenrules.

        Raises:
            RuleError: it does.
        """
        made = wanted.audit_rules_of(self.given.rules_dir)
        if not os.path.lexists(made):
            return
        merged = read_audit_rules(made, tuple(self.dialect.version))
        held = simulate(merged.lines, self.dialect, self.paths, kernel=self.host.kernel, refused=merged.refused).loaded
        known = {duplicates.meaning(rule, self.paths) for rule in stage.load.loaded}
        known |= {duplicates.meaning(rule, self.paths) for rule in self.stage(found).load.loaded}
        lost = [rule for rule in held if duplicates.meaning(rule, self.paths) not in known]
        if not lost:
            return
        more = " and {0} more are".format(len(lost) - 1) if len(lost) > 1 else " is"
        raise RuleError(
            "`{0}`{1} in no file of {2}, and would be overwritten".format(
                shown(lost[0].origin.text.strip()), more, self.given.rules_dir
            ),
            made,
            lost[0].origin.line,
            "move what is yours into a file of {0}, or set purge: true, which keeps a copy and goes on.".format(
                self.given.rules_dir
            ),
        )

    def unproven(self, compiled: Optional[RuleSet], load: Load) -> List[Plain]:
        """The requirements of the profiles that the whole load leaves open, those without any line among them."""
        if compiled is None:
            return []
        found = [dict(one._asdict()) for one in compiled.unproven]
        if "enabled" not in load.settings:
            load = load._replace(settings=dict(load.settings, enabled=Setting(1)))
        solver = Solver(load, self.host)
        known = {(one["control"], one["requirement"]) for one in found}
        for control, requirement in compiled.demanded:
            if (control, requirement.text) in known:
                continue
            answer = solver.judge(requirement.rule)
            if answer.outcome != "covered":
                because = (answer.counterexample or {}).get("because") or "; ".join(answer.missing or ())
                reason = "the whole of rules.d leaves it {0}: {1}".format(answer.outcome, because)
                found.append({"control": control, "requirement": requirement.text, "reason": reason})
        return found


def _unlocked(lines: Sequence[Written], given: Given) -> Tuple[List[Written], List[str]]:
    """The lines without those that lock: commit writes these, after the rules have been proven."""
    kept: List[Written] = []
    warnings: List[str] = []
    for line in lines:
        statement = line.statement
        locks = statement is not None and (
            (statement.name == "enabled" and statement.value == LOCKED)
            or (statement.name == "loginuid_immutable" and statement.value == 1)
        )
        if not locks:
            kept.append(line)
            continue
        if statement is not None and statement.before:
            raise RuleError(
                "the line sets another value beside the lock",
                line.file,
                line.number,
                "give each a line of its own: the lock is written when all rules have been proven.",
            )
        asked = given.immutable if statement is not None and statement.name == "enabled" else given.loginuid_immutable
        if not asked:
            raise RuleError(
                "`{0}` locks until the next boot, and it was not asked for".format(shown(line.text.strip())),
                line.file,
                line.number,
                "take the line out and set immutable: true: the lock is written last, when all rules are proven.",
            )
        kept.append(line._replace(note="commit writes it into {0}".format(given.final_file)))
        warnings.append("{0}: the lock is written by commit into {1}".format(line.place, given.final_file))
    return kept, warnings


def _rules_of(name: str, folder: str, load: Load) -> int:
    file = os.path.join(folder, name)
    return sum(rule.origin.file == file for rule in load.loaded)


def silences_all(rule: Rule) -> bool:
    """Whether a rule takes every task that is started from then on out of the audit system (audit_alloc, auditsc.c)."""
    return rule.list == "task" and rule.action == "never" and not rule.conditions


def _silenced(rule: Rule) -> RuleError:
    return RuleError(
        "`{0}` keeps every task that is started from then on from being recorded, whatever other rules say".format(
            shown(rule.origin.text.strip())
        ),
        rule.origin.file,
        rule.origin.line,
        "take the line out, or set purge: true, which takes away every rules file that is not ours; tasks that run"
        " already stay unrecorded until they are started anew, so reboot afterwards.",
    )


def _asked(origin: Origin, given: Given) -> Optional[str]:
    """The setting that a line of the base file makes: whether another line wins is checked by its value."""
    options = {"-b": "backlog_limit", "-f": "failure", "-D": "delete_all", "-e": "enabled"}
    return options.get(origin.text.strip().split(" ")[0])


def _check_setting(name: str, value: int, found: Optional[Setting]) -> None:
    if found is not None and found.value == value:
        return
    by = None if found is None else found.origin
    raise RuleError(
        "{0} is to be {1}, and the load would leave it {2}".format(
            name, value, "unset" if found is None else "{0} (`{1}`)".format(found.value, shown(by.text) if by else "")
        ),
        None if by is None else by.file,
        None if by is None else by.line,
        "take that line out or change it, or set purge: true, which takes away every rules file that is not ours.",
    )


def _refused(rejected: Sequence[Rejected], dialect: Dialect) -> RuleError:
    first = rejected[0]
    message = first.reason
    others = ["{0}: {1}".format(one.origin, one.reason) for one in rejected[1 : _MOST_TOLD + 1]]
    if others:
        message += ". Refused too: {0}".format("; ".join(others))
    return RuleError(
        "{0} (auditctl {1})".format(message.rstrip("."), ".".join(str(part) for part in dialect.version)),
        first.origin.file,
        first.origin.line,
        first.remedy,
    )


def _conflict(conflicts: Sequence[Plain]) -> RuleError:
    first = conflicts[0]
    text = str(first["text"])
    if len(conflicts) > 1:
        text += "; and so with {0} more".format(len(conflicts) - 1)
    return RuleError(
        text,
        first["file"],
        first["line"],
        "set adopt: true to leave such lines out of ours, or purge: true to take away every file that is not ours.",
    )


def _unproven(unproven: Sequence[Plain]) -> TrailError:
    first = unproven[0]
    return TrailError(
        "{0}: no rules are proven to record `{1}` here: {2}{3}".format(
            first["control"],
            first["requirement"],
            first["reason"],
            "; and so for {0} more".format(len(unproven) - 1) if len(unproven) > 1 else "",
        ),
        remedy="mend what is named, leave the control out of the profile, or set on_unproven: report.",
    )
