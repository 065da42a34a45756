# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Would these events be recorded? The answer for each requirement, with a counterexample."""

import re
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.attributes import is_elsewhere
from ansible_collections.auditops.trail.plugins.module_utils.coverage.calls import call_space
from ansible_collections.auditops.trail.plugins.module_utils.coverage.case import Case
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import object_text
from ansible_collections.auditops.trail.plugins.module_utils.coverage.decide import Budget
from ansible_collections.auditops.trail.plugins.module_utils.coverage.explain import (
    counterexample,
    near_miss,
    place_among_known,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.limits import X32, limits, x32_matters
from ansible_collections.auditops.trail.plugins.module_utils.coverage.overlay import Overlay
from ansible_collections.auditops.trail.plugins.module_utils.coverage.parts import Missed
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import (
    COVERED,
    DEFEATED,
    PARTIAL,
    UNCOVERED,
    UNKNOWN,
    Blame,
    Coverage,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.shapes import REOPEN
from ansible_collections.auditops.trail.plugins.module_utils.coverage.telling import (
    opposed,
    said_of_links,
    why_nothing,
    would_record,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.users import judge_user
from ansible_collections.auditops.trail.plugins.module_utils.coverage.witness import is_possible
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host, Ranked, World
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RequirementError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown

__all__ = ["Host", "Solver"]
_EXAMPLES = 60
_WORDS = re.compile(r"[^\s,=]+")
NOTHING = (
    "an event that can meet the requirement: its conditions exclude each other, or it names an object for calls that "
    "touch none; it demands nothing, so nothing is proved"
)


class Solver:
    """Judges requirements against one load on one host; what they share is computed once.

    Args:
        load: The rules in force and what was taken away (rules/load.py).
        host: What must be known of the host.
    """

    def __init__(self, load: Load, host: Host) -> None:
        self.load = load
        self.host = host
        self.space = call_space(host.machine, tuple(host.kernel), tuple(host.user_arches))
        if not self.space.abis:
            raise EvidenceError(
                "no kind of call of {0} is among the user arches ({1})".format(
                    host.machine, ", ".join(host.user_arches) or "none given"
                ),
                remedy="name the kinds of call that a process can make: b64, b32.",
            )
        self.world = World(load, host, self.space)
        self.overlay = Overlay(self.world)
        self._hopeful: Optional[Tuple[World, Overlay]] = None
        self._removed: Optional[World] = None

    def judge(self, requirement: Rule) -> Coverage:
        """The outcome for one requirement.

        Raises:
            RequirementError: The rule is no event class: a never rule, or a list whose rules record nothing.
        """
        check_requirement(requirement)
        if requirement.list == "user":
            return judge_user(self.world.normal(requirement), self.world, self.overlay)
        try:
            case = Case(requirement, self.world, self.overlay)
            answer = self._answer(case)
            if case.hopes and answer.outcome in case.hopeless:
                return _unknown(requirement, _unique([*case.hopes, *case.doubts]))
            if not case.doubts:
                return answer
            other = self._answer(Case(requirement, *self._other_world()))
        except Budget:
            return _unknown(requirement, ("the question falls into too many parts for the solver's budget",))
        if other.outcome == answer.outcome:
            return answer
        return _unknown(requirement, _unique(case.doubts))

    def _other_world(self) -> Tuple[World, Overlay]:
        if self._hopeful is None:
            space = call_space(self.host.machine, tuple(self.host.kernel), tuple(self.host.user_arches), False)
            world = World(self.load, self.host, space, hopeful=True)
            self._hopeful = (world, Overlay(world))
        return self._hopeful

    # -- the outcome -----------------------------------------------------------------

    def _answer(self, case: Case) -> Coverage:
        rule = case.rule
        text = rule.origin.text
        if case.empty:
            if self.space.arches_of(rule):
                return _unknown(rule, (why_nothing(NOTHING, rule, self.host),))
            said = "no process on this host can make a call of the requirement's arch"
            return Coverage(text, COVERED, limits=(said,))
        by_object = bool(case.objects)
        said_limits = limits(rule, case.box, by_object, self.host, self.space)
        said_limits += said_of_links(case.own) + opposed(case.own, case.relevant)
        recording = case.recorded if case.missed else case.recording
        covered_by = tuple(Blame(case.world.exit[rank].rule.origin) for rank in sorted(recording))
        droppers = sorted(case.overlay.incomplete(case.box).items())
        incomplete = tuple(Blame(dropper.origin, kind) for kind, dropper in droppers)
        tasks = case.overlay.always_tasks()
        survives = [left for left in case.overlay.take(case.box, by_object)[0] if is_possible(left, self.host.uid_min)]
        x32 = x32_matters(rule, self.host) and bool(case.box.calls & self.space.of_tag("b64"))
        if tasks and survives and (case.missed or not x32):
            return self._with_tasks(case, tasks[0].rule, covered_by, said_limits, incomplete)
        if not case.missed:
            if x32:
                return Coverage(text, PARTIAL, covered_by, (), self._x32_event(case), said_limits, (), incomplete)
            return Coverage(text, COVERED, covered_by, (), None, said_limits, (), incomplete)
        defeated_by, blamed = self._blame(case)
        if case.recorded:
            outcome = PARTIAL
        else:
            outcome = DEFEATED if defeated_by else UNCOVERED
        event = self._event(case, blamed)
        return Coverage(text, outcome, covered_by, defeated_by, event, said_limits, (), incomplete)

    def _blame(self, case: Case) -> Tuple[Tuple[Blame, ...], Dict[int, Blame]]:
        """Who takes missed events away, in all and by the index of the missed part."""
        found: Dict[Blame, None] = {}
        by_part: Dict[int, Blame] = {}
        rules = case.world.exit
        always = [ranked for ranked in case.relevant if ranked.always]
        removed = self._removed_world(case)
        nevers: Dict[int, Blame] = {}
        for index, missed in enumerate(case.missed):
            blame: Optional[Blame] = None
            rank = missed.rank
            if missed.culprit is not None:
                blame = Blame(missed.culprit.origin, missed.culprit.why)
            elif rank is not None and rank in nevers:
                blame = nevers[rank]
            elif rank is not None and index < _EXAMPLES and self._would_record(case, missed, always):
                for twin in case.twins.get(rank, (rank,)):
                    nevers[twin] = Blame(rules[twin].rule.origin, "a never rule matches first")
                    found[nevers[twin]] = None
                blame = nevers[rank]
            elif removed is not None and index < _EXAMPLES:
                blame = self._taken_back(case, missed, removed)
            if blame is not None:
                by_part[index] = blame
                found[blame] = None
        return tuple(found), by_part

    def _would_record(self, case: Case, missed: Missed, rules: Sequence[Ranked]) -> Optional[Ranked]:
        return would_record(missed, rules, case.own, self.host.uid_min)

    def _taken_back(self, case: Case, missed: Missed, removed: World) -> Optional[Blame]:
        """The deletion or stopped load that took away a rule which would have recorded a missed part."""
        gone = self._would_record(case, missed, removed.exit)
        if gone is None:
            return None
        taken = next(item for item in self.load.removed if item.rule.origin == gone.rule.origin)
        return Blame(taken.by, "{0} (`{1}`): {2}".format(gone.rule.origin, shown(gone.rule.origin.text), taken.why))

    def _removed_world(self, case: Case) -> Optional[World]:
        if not self.load.removed:
            return None
        if self._removed is None:
            rules = tuple(item.rule for item in self.load.removed if item.rule.action == "always")
            self._removed = World(Load(loaded=rules), self.host, self.space)
        return self._removed

    def _event(self, case: Case, blamed: Dict[int, Blame]) -> Optional[Dict[str, Any]]:
        """The counterexample that a reader grasps at once: of a blamed part first, then the best-known call."""
        first = self.space.of_numbers(None, self.space.abis[0].tag)
        # Whether a file is reopened with its parent named depends on a cache (shapes.py): the last event to show.
        order = sorted(
            range(len(case.missed)),
            key=lambda index: (
                0 if case.missed[index].box.calls & first else 1,
                case.missed[index].scene.shape == REOPEN,
                place_among_known(case.missed[index].box.calls, self.space),
                index,
            ),
        )
        for index in order:
            missed = case.missed[index]
            event = counterexample(missed.box, missed.scene, self.space, self.host.uid_min)
            if event is not None:
                if missed.rank is None and missed.scene.first is not None and case.own.has(missed.scene.first):
                    event.pop("run_by", None)  # no rule is met by it
                event["because"] = self._because(event, missed, blamed.get(index), case)
                return event
        return None

    def _because(self, event: Dict[str, Any], missed: Missed, blame: Optional[Blame], case: Case) -> str:
        if blame is not None:
            if missed.rank is not None:
                said = "{0} (`{1}`) matches it first".format(str(blame.origin), shown(blame.origin.text))
                elsewhere = is_elsewhere(missed.box, missed.rank)
                return said + ", by another name that the call touches (its directory is one)" if elsewhere else said
            return "{0}: {1}".format(str(blame.origin), blame.why)
        close = near_miss(event, missed.box, missed.scene, case.world.exit, case.box, self.space, self.host.paths)
        refused = self._refused(case)
        if close is None:
            return "no rule matches it" + refused
        ranked, failing = close
        return "no rule matches it; {0} (`{1}`) does not: {2}{3}".format(
            str(ranked.rule.origin), shown(ranked.rule.origin.text), "; ".join(failing), refused
        )

    def _refused(self, case: Case) -> str:
        """What to say of a line that auditctl could not read and that seems to be about the requirement."""
        named = [str(field.value) for field in case.objects] or [
            name for name in sorted({call.name for call in self.space.each(case.box.calls)}) if case.rule.syscalls
        ]
        for refused in self.load.rejected:
            words = _WORDS.findall(refused.origin.text)
            if any(name in words for name in named):
                return "; {0} (`{1}`) was not loaded: {2}".format(
                    str(refused.origin), shown(refused.origin.text), refused.reason
                )
        return ""

    def _with_tasks(
        self,
        case: Case,
        rule: Rule,
        covered_by: Tuple[Blame, ...],
        said_limits: Tuple[str, ...],
        incomplete: Tuple[Blame, ...],
    ) -> Coverage:
        """An always rule of the task list records every call of the tasks forked under it, and of no older one."""
        by = covered_by + (Blame(rule.origin, "records every call of tasks forked after it was loaded"),)
        if not case.missed:
            return Coverage(case.rule.origin.text, COVERED, by, (), None, said_limits, (), incomplete)
        defeated_by, blamed = self._blame(case)
        event = self._event(case, blamed) or {}
        event["because"] = "the process is older than {0}; {1}".format(str(rule.origin), event.get("because", ""))
        return Coverage(case.rule.origin.text, PARTIAL, by, defeated_by, event, said_limits, (), incomplete)

    def _x32_event(self, case: Case) -> Dict[str, Any]:
        mask = case.box.calls & self.space.of_tag("b64")
        call = self.space.call((mask & -mask).bit_length() - 1)
        return {
            "arch": "x32",
            "syscall": call.name,
            "object": object_text(case.rule) or None,
            "access": call.access,
            "auid": self.host.uid_min,
            "uid": 0,
            "euid": 0,
            "because": X32,
        }


def check_requirement(rule: Rule) -> None:
    """Is the rule an event class?

    Raises:
        RequirementError: It is not; the message says what to write instead.
    """
    origin = rule.origin
    if rule.list not in ("exit", "user"):
        raise RequirementError(
            "a requirement on the {0} list is not an event class: {1}".format(rule.list, origin.text),
            origin.file,
            origin.line,
            "write what must be recorded as an always rule of the exit list (or of the user list), "
            "such as `-w /etc/passwd -p wa`.",
        )
    if rule.action == "never":
        raise RequirementError(
            "a never rule demands nothing: {0}".format(origin.text),
            origin.file,
            origin.line,
            "write the events that must be recorded, with `always`.",
        )


def _unknown(rule: Rule, missing: Tuple[str, ...]) -> Coverage:
    return Coverage(rule.origin.text, UNKNOWN, missing=missing)


def _unique(texts: List[str]) -> Tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
