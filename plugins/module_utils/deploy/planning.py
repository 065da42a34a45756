# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is asked for to the files, the load that they make on this host, and all that is to be told of it.

Nothing is written here. Every line is read as the host's auditctl reads it,
the whole of rules.d as augenrules merges it, and the load is simulated before
anything is changed; what would not come to its end is an error.
"""

import os
from typing import AbstractSet, Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.rule_set import RuleSet, rule_set
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.deploy import (
    as_found,
    booted,
    duplicates,
    existing,
    hidden,
    missing,
    original,
    own_lines,
    own_settings,
    proof,
    refusals,
    settled,
    silenced,
    wanted,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import Given
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, loading
from ansible_collections.auditops.trail.plugins.module_utils.rules import let_pass
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import named_paths
from ansible_collections.auditops.trail.plugins.module_utils.rules.folder import read_files
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import Line
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import Merged, read_rules_dir
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED, simulate
from ansible_collections.auditops.trail.plugins.module_utils.rules.version_sort import version_sorted

Plain = Dict[str, Any]


class Stage(NamedTuple):
    """rules.d as it is to be: ``files`` by name, what augenrules ``merged`` makes of them, and the ``load`` of that."""

    files: Dict[str, bytes]
    merged: Merged
    load: Load


class Planned(NamedTuple):
    """What a run would do.

    ``open`` is rules.d without the lock, ``closed`` with it (None where nothing is to be locked). ``ours`` are the
    names of the files that are ours from now on, ``away`` those that are taken away, ``purged`` those of them that
    were not ours. ``seen`` is what augenrules reads in the folder as it was found, by path, with its SHA-256.
    ``existing`` has ``equal, conflicts, others, replaced, overruled``.
    """

    open: Stage
    closed: Optional[Stage]
    ours: Tuple[str, ...]
    away: Tuple[str, ...]
    purged: Tuple[str, ...]
    seen: Mapping[str, Optional[str]]
    existing: Plain
    missing: Tuple[missing.Missing, ...]
    merged: Tuple[duplicates.Merged, ...]
    unproven: Tuple[Plain, ...]
    warnings: Tuple[str, ...]


def plan(given: Given, posture: Plain, paths: PathState, loader: str = loading.AUGENRULES) -> Planned:
    """What is to be deployed on the host of this posture.

    Args:
        given: What is asked for.
        posture: ``host``, ``status`` and ``paths``, and what the plan's lines are made of.
        paths: What there is on the host: its own state, or a saved one.
        loader: What loads the rules at boot.

    Raises:
        TrailError: something does not hold together, or a load would not come to its end; with file, line and remedy.
    """
    wanted.check(given)
    scene = _Scene(given, posture, paths, loader)
    there = read_files(given.rules_dir)
    found = dict(given.assumed, **there)
    compiled = rule_set(posture, given.plan) if given.plan is not None else None
    lines, reports = scene.own(compiled)
    final = wanted.final_text(given)
    ours = sorted({line.file for line in lines})
    names = {os.path.basename(path) for path in ours}
    _refuse_no_files(given, names | {given.final_file})
    old = set(given.managed) | {given.final_file, wanted.LAST_FILE}
    theirs = {name: data for name, data in found.items() if name not in names and name not in old}
    kept = {} if given.purge else theirs
    lines, report = _beside(lines, kept, scene)
    open_stage, asked, told = _settled(lines, kept, scene, report)
    files = open_stage.files
    if wanted.LAST_FILE in files:
        names.add(wanted.LAST_FILE)
        if files[wanted.LAST_FILE] != found.get(wanted.LAST_FILE):
            told += settled.told_of(report["overruled"])
    scene.check(open_stage, names, asked)
    refuse_missing(lines, open_stage, names)
    lost = [] if given.purge else scene.refuse_loss(found, open_stage)
    closed = None
    if final is not None:
        closed = scene.stage(dict(files, **{given.final_file: final.encode("ascii")}))
        scene.check(closed, names | {given.final_file}, dict(asked, enabled=LOCKED) if given.immutable else asked)
    unproven = scene.unproven(compiled, open_stage.load)
    if unproven and given.on_unproven == "fail":
        raise refusals.unproven(unproven)
    replaced = _replaced(given, found, closed or open_stage, names | old)
    report["replaced"] = sorted(os.path.join(given.rules_dir, name) for name in replaced)
    warnings = list(given.notes) + list(reports.warnings) + told + list(replaced.values()) + lost
    warnings += [one["text"] for one in report["equal"] if one["lost_keys"]]
    warnings += hidden.told(
        {os.path.join(given.rules_dir, name) for name, _text in given.own}, open_stage.load, scene.host
    )
    warnings += missing.read_early(given.rules_dir, given.base_file, files, open_stage.load.loaded)
    return Planned(
        open=open_stage,
        closed=closed,
        ours=tuple(sorted(names)),
        away=tuple(sorted((set(found) - set(files)) - ({given.final_file} if closed is not None else set()))),
        purged=tuple(sorted(theirs)) if given.purge else (),
        seen=proof.digests(given.rules_dir, there),
        existing=report,
        missing=tuple(reports.missing),
        merged=tuple(reports.merged),
        unproven=tuple(unproven),
        warnings=tuple(warnings) + tuple(open_stage.merged.warnings) + _of_load(open_stage, names),
    )


def locked_out(rules_dir: str, posture: Plain, paths: PathState) -> TrailError:
    """Why a kernel that is locked takes no other rules, and the way out, with the line that locks it at each boot.

    Raises:
        TrailError: a file cannot be read.
    """
    setting = booted.look(rules_dir, {}, posture, paths).load.settings.get("enabled")
    return refusals.locked(setting.origin if setting is not None and setting.value == LOCKED else None)


def _beside(lines: List[Written], theirs: Dict[str, bytes], scene: "_Scene") -> Tuple[List[Written], Plain]:
    """Our lines beside the files of others, and what is told of these.

    Raises:
        RuleError: a rule stands in both.
    """
    folder = scene.given.rules_dir
    standing = existing.rules_in(folder, theirs, scene.dialect)
    lines, equal, conflicts = existing.compare(lines, standing, scene.paths, scene.given.adopt)
    paths = [os.path.join(folder, name) for name in sorted(theirs)]
    others = [{"file": path, "rules": sum(one.file == path for one in standing)} for path in paths]
    report: Plain = {"equal": equal, "conflicts": conflicts, "others": others, "replaced": [], "overruled": []}
    if conflicts:
        raise refusals.conflict(conflicts, report)
    return lines, report


def _settled(
    lines: Sequence[Written], theirs: Dict[str, bytes], scene: "_Scene", report: Plain
) -> Tuple[Stage, Dict[str, int], List[str]]:
    """rules.d in which each setting is what it is to be, by a file that is read last where nothing else does it.

    Args:
        lines: All lines of our files.
        theirs: The files of others.
        scene: The host.
        report: Its ``overruled`` is filled.

    Returns:
        The folder and its load, which is not checked; the values that the load has to leave; and what to say of them.
    """
    alone = scene.stage(theirs).load.settings if theirs else {}
    standing = {name: setting for name, setting in alone.items() if setting.origin is not None}
    wishes, told = settled.wishes(lines, standing, scene.given)
    overruled: List[Plain] = report["overruled"]
    while True:
        last = {one["setting"] for one in overruled}
        written = settled.base_lines(lines, wishes, standing, last, scene.given)
        files = dict(theirs)
        for path in sorted({line.file for line in written}):
            files[os.path.basename(path)] = own_lines.content([line for line in written if line.file == path])
        if overruled:
            files[wanted.LAST_FILE] = wanted.last_text(overruled).encode("utf-8", "surrogateescape")
        stage = scene.stage(files)
        more = [one for one in settled.unmet(wishes, stage.load) if one["setting"] not in last]
        if not more:
            return stage, dict({name: wish.value for name, wish in wishes.items()}, enabled=1), told
        # A line that sets several values goes with the first that is overruled: then the others are not set either.
        _refuse_no_files(scene.given, {wanted.LAST_FILE})
        overruled += more


def _of_load(stage: Stage, ours: AbstractSet[str]) -> Tuple[str, ...]:
    """The warnings of a load, but for lines that our last file counts before, which is there for that: such ones are
    those of our other files, too, whose values it holds."""
    meant = {
        "{0}: {1}".format(lost.origin, lost.why)
        for lost in stage.merged.lost
        if _is_setting(lost.origin)
        and (
            os.path.basename(lost.by.file or "") == wanted.LAST_FILE
            or (wanted.LAST_FILE in stage.files and os.path.basename(lost.origin.file or "") in ours)
        )
    }
    return tuple(text for text in stage.load.warnings if text not in meant)


def _refuse_no_files(given: Given, names: AbstractSet[str]) -> None:
    """Whether a file can lie under each of these names; augenrules goes on without what is there, and we cannot.

    Raises:
        TrailError: a folder, a device, or a link to one is there.
    """
    for path in sorted(os.path.join(given.rules_dir, name) for name in names):
        if os.path.exists(path) and not os.path.isfile(path):
            raise refusals.no_file(path, os.readlink(path) if os.path.islink(path) else None)


def _replaced(given: Given, found: Mapping[str, bytes], stage: Stage, ours: AbstractSet[str]) -> Dict[str, str]:
    """Files of our names that hold what no run of ours has written, with what to say of each."""
    said = {}
    for name in sorted(set(found) & ours):
        written = given.managed.get(name)
        if stage.files.get(name) == found[name] or original.digest(found[name]) == written:
            continue
        what = "holds what audit_rules has not written" if written is None else "was changed since it was deployed"
        becomes = "replaced" if name in stage.files else "taken away"
        said[name] = "{0} {1}, and is {2}; what it held is kept in the backup".format(
            os.path.join(given.rules_dir, name), what, becomes
        )
    return said


class _Reports(NamedTuple):
    missing: Sequence[missing.Missing]
    merged: Sequence[duplicates.Merged]
    warnings: Sequence[str]


class _Scene:
    """The host that is planned for."""

    def __init__(self, given: Given, posture: Plain, paths: PathState, loader: str) -> None:
        self.given = given
        self.paths = paths
        self.loader = loader
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
        lines, warnings = own_settings.without_locks(lines, self.given)
        self.paths.collect(path for line in lines if line.rule is not None for path in named_paths(line.rule))
        # Which paths a profile demands although they are missing is its controls' matter (their missing_path).
        of_profile = os.path.join(self.given.rules_dir, self.given.profile_file)
        policy = self.given.on_missing_path
        lines, lacking = missing.apply(lines, policy, self.paths, self.host.kernel, leave={of_profile})
        lines, merged = duplicates.merge(lines, self.paths)
        warnings += ["{0}:{1} is the same rule as {2}: merged".format(one.file, one.line, one.into) for one in merged]
        return lines, _Reports(lacking, merged, warnings)

    def stage(self, files: Dict[str, bytes]) -> Stage:
        """rules.d with these files, as augenrules would merge it and auditctl load it, with nothing of ours that lets
        the load go on behind a line that is refused."""
        changes: Dict[str, Optional[bytes]] = dict.fromkeys(existing.names(self.given.rules_dir))
        changes.update(files)
        merged = read_rules_dir(self.given.rules_dir, self.awk, tuple(self.dialect.version), changes)
        lines = let_pass.without(merged.lines, os.path.join(self.given.rules_dir, self.given.base_file))
        load = simulate(lines, self.dialect, self.paths, kernel=self.host.kernel, lost=merged.lost)
        return Stage(files, merged, load)

    def check(self, stage: Stage, ours: AbstractSet[str], asked: Mapping[str, int]) -> None:
        """Whether the load comes to its end, and sets what was asked for.

        Raises:
            RuleError: it does not.
        """
        stop, rejected = stage.load.stopped_at, list(stage.load.rejected)
        mine = [one for one in rejected if os.path.basename(one.origin.file or "") in ours]
        if stop is not None or mine:
            raise refusals.refused(mine or rejected, self.dialect)
        for rule in stage.load.loaded:
            if silenced.silences_all(rule):
                raise refusals.silenced(rule, os.path.basename(rule.origin.file or "") in ours)
        for lost in stage.merged.lost:
            if os.path.basename(lost.origin.file or "") in ours and not _is_setting(lost.origin):
                raise RuleError("{0}: {1}".format(shown(lost.origin.text), lost.why), *lost.origin[:2], lost.remedy)
        for name, value in asked.items():
            found = stage.load.settings.get(name)
            # A lock in a file of others is on, and more than on.
            locked = found is not None and (name, value, found.value) == ("enabled", 1, LOCKED)
            if not locked and (found is None or found.value != value):
                raise refusals.other_value(name, value, found)

    def refuse_loss(self, found: Dict[str, bytes], stage: Stage) -> List[str]:
        """What to say of rules that audit.rules has and no file of rules.d (as_found.py).

        Raises:
            RuleError: somebody has written them there by hand.
        """

        def known() -> Iterator[List[Rule]]:
            yield list(stage.load.loaded)
            yield as_found.standing(self.stage(found).load)

        return as_found.refuse_loss(
            wanted.audit_rules_of(self.given.rules_dir),
            self.given.rules_dir,
            known(),
            self.loader,
            self.dialect,
            self.paths,
            self.host.kernel,
            "set purge: true, which keeps a copy and goes on",
        )

    def unproven(self, compiled: Optional[RuleSet], load: Load) -> List[Plain]:
        """The requirements of the profiles that the whole load leaves open, those without any line among them."""
        if compiled is None:
            return []
        found = [dict(one._asdict()) for one in compiled.unproven]
        solver = Solver(load, self.host)
        known = {(one["control"], one["requirement"]) for one in found}
        for control, requirement in compiled.demanded:
            if (control, requirement.text) in known:
                continue
            answer = solver.judge(requirement.rule)
            if answer.outcome != "covered":
                reason = "the whole of rules.d leaves it {0}: {1}".format(answer.outcome, answer.because)
                found.append({"control": control, "requirement": requirement.text, "reason": reason})
        return found


def refuse_missing(lines: Sequence[Written], stage: Stage, ours: AbstractSet[str]) -> None:
    """Whether the kernel has each rule that was asked for after the load: ours, and those of others that stand for it.

    A line of ours may delete a rule of ours: whoever wrote both has asked for that.

    Args:
        lines: All lines of our files.
        stage: The load with them.
        ours: The names of our files.

    Raises:
        RuleError: a line of another file takes one away, or keeps it from being a line of its own.
    """
    loaded = {rule.origin[:2] for rule in stage.load.loaded}
    removed = {one.rule.origin[:2]: one for one in stage.load.removed}
    for line in lines:
        place = line.stands_in or (line.file, line.number)
        if (line.rule is None and line.stands_in is None) or place in loaded:
            continue
        taken = removed.get(place)
        whole = next((one for one in stage.merged.lines if _holds(one, place)), None)
        if taken is None or whole is not None:
            raise refusals.swallowed(line, whole)
        if os.path.basename(taken.by.file or "") not in ours:
            raise refusals.taken_away(line, taken)


def _holds(line: Line, place: Tuple[str, int]) -> bool:
    return any(part[:2] == place for part in line.parts)


def _is_setting(origin: Origin) -> bool:
    """Whether augenrules moves a line and keeps the last of its kind: the value after the load is what is checked."""
    return origin.text.strip().split(" ")[0] in ("-b", "-f", "-D", "-e")
