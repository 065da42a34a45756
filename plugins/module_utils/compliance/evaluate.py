# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement on requirements: a posture and a plan in, verdicts out.

It is made from the posture's plain data alone, on the target as on a saved
posture, so both give the same verdicts.
"""

from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.compliance import loading
from ansible_collections.auditops.trail.plugins.module_utils.compliance.emitted import judge_types
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import (
    Requirement,
    describe,
    expand,
    object_paths,
)
from ansible_collections.auditops.trail.plugins.module_utils.compliance.mend import KERNEL, mend
from ansible_collections.auditops.trail.plugins.module_utils.compliance.records import incomplete_for
from ansible_collections.auditops.trail.plugins.module_utils.compliance.solvers import Solvers
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import Coverage
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, forms
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.templates import fill, needs_posture
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import named_paths
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule

Plain = Dict[str, Any]
VERDICT_OF = {
    "covered": "pass",
    "partial": "fail",
    "uncovered": "fail",
    "defeated": "fail",
    "unknown": "error",
}
_ORDER = ("correct", "remove", "set", "add", "load")
"""The steps of a remedy, in the order in which to take them."""
_NEEDED = ("host", "status", "rules", "paths")
"""The parts of the posture without which no requirement can be judged."""


def plan(controls: Sequence[Plain], loader: str, **more: Any) -> Plain:
    """What goes down to a host.

    Args:
        controls: Those with requirements: ``id``, and ``record, missing_path, key`` (with ``for_each, items, empty``
            where the lines are made from a list), or ``emit``.
        loader: As in posture/context.py.
        more: Further values of posture/context.py, such as ``samples``; ``parts``, which of the posture to collect; and
            ``others``: controls as above that are not judged, for whose lines the posture has to tell enough.
    """
    return dict(more, controls=[dict(control) for control in controls], loader=loader)


def context(data: Plain) -> Context:
    """What the collectors must know of the plan: the paths that it names are part of the posture."""
    records = [control for control in [*data["controls"], *data.get("others", ())] if control.get("record")]
    lines = [line for control in records if not needs_posture(control) for line in control["record"]]
    known = {name: data[name] for name in Context._fields if data.get(name) is not None}
    known.update(requirements=tuple(lines), templates=tuple(one for one in records if needs_posture(one)))
    return Context(**known)


def judge(posture: Plain, data: Plain) -> Dict[str, Plain]:
    """The judgement on each control of the plan.

    Args:
        posture: As posture/registry.py collects it.
        data: The plan.

    Returns:
        By control id: ``verdict``, ``coverage`` (one entry a requirement, as Coverage.as_dict gives it),
        ``not_demanded`` (``requirement, reason``), ``reasons``, ``remedy`` (steps), ``expanded`` (``from, number``)
        where lines were made from a list, and ``ask`` where people have to be asked.

    Raises:
        EvidenceError: the posture is of another version or form.
    """
    evidence.check_version(posture)
    forms.check(posture)
    errors = posture.get("errors") or {}
    for part in _NEEDED:
        if part in errors or posture.get(part) is None:
            failed = errors.get(part) or {
                "message": "the posture has no part {0!r}.".format(part),
                "remedy": "use the posture as it was saved, or collect it again.",
            }
            return {control["id"]: _could_not(failed) for control in data["controls"]}
    try:
        evidence.check_status(posture)
    except EvidenceError as exc:
        return {control["id"]: _could_not(_told(exc)) for control in data["controls"]}
    scene = _Scene(posture)
    return {control["id"]: scene.judge(control) for control in data["controls"]}


def verdict_of(entries: Sequence[Plain]) -> str:
    """The verdict on a control by its coverage entries: the worst counts, and a gap is worse than a doubt."""
    verdicts = ["fail" if entry.get("incomplete") else VERDICT_OF[entry["outcome"]] for entry in entries]
    return next((verdict for verdict in ("fail", "error") if verdict in verdicts), "pass")


class _Scene:
    """One host's evidence, decoded once for all controls."""

    def __init__(self, posture: Plain) -> None:
        self.posture = posture
        self.as_root = (posture.get("privilege") or {}).get("euid") == 0
        self.dialect: Dialect = evidence.dialect(posture)
        self.host: Host = evidence.host(posture)
        self.on_disk: Optional[Load] = evidence.on_disk(posture)
        self.load: Load = evidence.loaded(posture, self.on_disk)
        # Of the rules, what was looked for and could not be read for want of permission is known by its parent.
        self.unseen = sorted(
            {
                path
                for rule in self.load.loaded
                for path in named_paths(rule)
                if not self.host.paths.knows(path) and not self.host.paths.knows_parent(path)
            }
        )
        self.command: Optional[str] = loading.of(posture)["command"]
        self.solvers = Solvers(self.host)
        self.solver = self.solvers.of(self.load)

    def judge(self, control: Plain) -> Plain:
        """The judgement on one control; what is wrong with it is its own error, and the others are judged."""
        try:
            return self._judge(control)
        except TrailError as exc:
            return _could_not({"message": exc.message, "remedy": exc.remedy})

    def _judge(self, control: Plain) -> Plain:
        result: Plain = {"coverage": [], "not_demanded": [], "reasons": [], "remedy": []}
        if control.get("emit"):
            result["coverage"] = judge_types(control["emit"], self.solver, self.dialect)
            result["remedy"] = _pass_again(result["coverage"])
            return dict(result, verdict=verdict_of(result["coverage"]))
        filled = fill(control, self.posture)
        if filled.source:
            result["expanded"] = {"from": filled.source, "number": filled.number}
            if not filled.number:
                return dict(result, **_nothing(control, filled.source))
        expansion = expand(
            filled.lines,
            control.get("missing_path", "require"),
            self.dialect,
            self.host.paths,
            self.host.user_arches,
            self.posture["host"]["kernel"],
            self.posture["host"].get("calls"),
        )
        result["not_demanded"] = describe(expansion)
        if not expansion.demanded:
            reasons = sorted({entry["reason"] for entry in result["not_demanded"]})
            return dict(result, verdict="not_applicable", reasons=reasons)
        for requirement in expansion.demanded:
            self._look(requirement.rule)
            coverage = self.solver.judge(requirement.rule)
            entry = dict(coverage.as_dict(), requirement=requirement.text)
            entry["incomplete"] = incomplete_for(requirement.rule, entry, self.host.machine)
            result["coverage"].append(entry)
            if VERDICT_OF[coverage.outcome] == "fail":
                self._mend(requirement, coverage, control.get("key"), entry, result)
            elif coverage.outcome == "unknown":
                result["reasons"].append(_doubt(entry))
            else:
                result["reasons"].extend(entry["incomplete"])
                if entry["incomplete"]:
                    self._mend(requirement, coverage, control.get("key"), entry, result)
        result["verdict"] = verdict_of(result["coverage"])
        result["reasons"] = _once(result["reasons"])
        result["remedy"].sort(key=lambda step: _ORDER.index(step["do"]))
        return result

    def _look(self, requirement: Rule) -> None:
        """Refuse to compare paths as text: a link or a mount would then go unseen.

        Raises:
            EvidenceError: the posture does not hold the state of a path that this requirement depends on.
        """
        if not object_paths(requirement):
            return
        paths = self.host.paths
        if not paths.mounts():
            raise EvidenceError(
                "the posture does not hold the mount table", remedy="collect it again where /proc can be read."
            )
        unseen = [path for path in named_paths(requirement) if not paths.knows(path)] + self.unseen
        if unseen:
            raise self._not_seen(unseen[0])
        for path in named_paths(requirement):
            if paths.mount_of(paths.place(path).real) is None:
                raise EvidenceError(
                    "the mount table of the posture does not tell what {0} lies on".format(path),
                    remedy="collect it again, outside of a chroot.",
                )

    def _not_seen(self, path: str) -> EvidenceError:
        unread = self.host.paths.unread(path)
        if unread is not None:
            return EvidenceError(
                "the state of {0} could not be read: {1}: {2}".format(path, *unread),
                remedy="see on the host what is wrong with {0}, and collect it again.".format(unread[0]),
            )
        denied = self.host.paths.denied(path)
        if denied is None:
            return EvidenceError(
                "the posture does not hold the state of {0}".format(path), remedy="collect it again with this profile."
            )
        message = "the state of {0} could not be read: {1}: {2}".format(path, *denied)
        if self.as_root:
            return EvidenceError(message, remedy="let root look there: a file system or a security module refuses it.")
        return EvidenceError(message, remedy="run as root (become: true).")

    def _mend(
        self, requirement: Requirement, coverage: Coverage, key: Optional[str], entry: Plain, result: Plain
    ) -> None:
        steps = mend(requirement, coverage, key, self.load, self.on_disk, self.dialect, self.solvers, self.command)
        for step in steps:
            if step not in result["remedy"]:
                result["remedy"].append(step)
            if step["do"] == "correct" and entry["counterexample"] is not None:
                said = "{0}:{1} stops the load before it comes to the rule on disk".format(step["file"], step["line"])
                entry["counterexample"]["because"] += "; " + said


def _nothing(control: Plain, source: str) -> Plain:
    """The judgement on a control that is made for each item of an empty list."""
    empty = control.get("empty") or {"verdict": "not_applicable", "say": "{0} is empty".format(source)}
    if empty["verdict"] == "manual":
        return {"verdict": "manual", "ask": empty["say"]}
    return {"verdict": empty["verdict"], "reasons": [empty["say"]]}


def _pass_again(entries: Sequence[Plain]) -> List[Plain]:
    """The lines to take away, so that record types pass."""
    blamed = [blame for entry in entries for blame in entry["defeated_by"]]
    steps = []
    for blame in blamed:
        step = {"do": "remove", "text": blame["rule"], "file": blame["file"], "line": blame["line"]}
        if blame["rule"].startswith("enabled"):
            step = {"do": "set", "text": "auditctl -e 1", "file": None, "line": None}
        elif blame["file"] is None:
            step["file"] = KERNEL
        if step not in steps:
            steps.append(step)
    return steps


def _doubt(entry: Plain) -> str:
    missing = entry.get("missing") or ["the evidence does not decide it"]
    return "{0}: {1}".format(entry["requirement"], missing if isinstance(missing, str) else "; ".join(missing))


def _told(exc: TrailError) -> Plain:
    return {"message": exc.message, "file": exc.file, "line": exc.line, "remedy": exc.remedy}


def _could_not(failed: Plain) -> Plain:
    where = failed.get("file") or ""
    if where and failed.get("line"):
        where += ":{0}".format(failed["line"])
    return {
        "verdict": "error",
        "coverage": [],
        "not_demanded": [],
        "reasons": ["{0}: {1}".format(where, failed["message"]) if where else failed["message"]],
        "remedy": [{"do": "advise", "text": failed["remedy"]}] if failed.get("remedy") else [],
    }


def _once(texts: List[str]) -> List[str]:
    return list(dict.fromkeys(texts))
