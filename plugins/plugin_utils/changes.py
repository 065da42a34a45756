# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed since earlier runs: of each control, and of the kernel's counter of lost records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils import history
from ansible_collections.auditops.trail.plugins.plugin_utils.history import History, Observation, Stretch

GAPS = ("fail", "waived")
"""A waived gap is a gap: what it waits for is not that somebody signs."""
STATES = ("first", "new", "still", "fixed", "changed", "unchanged")


def annotate(results: Iterable[dict[str, Any]], earlier: History) -> list[dict[str, Any]]:
    """The results of hosts, each control with ``history``: ``state``, ``since`` and ``before``.

    Each host is compared with what was seen of it before, in whichever run that was, and each control with its last
    verdict there; evidence that is as old as the result's or newer does not count.

    Args:
        results: Host results of this run.
        earlier: The runs before it.

    Returns:
        The results. ``state`` is one of :data:`STATES`: first (not judged before), new (a gap that was none), still (a
        gap as before), fixed (a gap before, and a pass now), changed (another verdict), unchanged. ``since`` is when
        the first of the uninterrupted failed judgements was made, for a gap. Only a pass ends a gap: an error has seen
        nothing, and what became not applicable, or a question for people, was not seen to be mended. Nor does a pass by
        another rule or another value than the one by which it failed, which is ``changed``. ``before`` is the
        verdict before, or None. Where the control was judged otherwise then, ``otherwise`` is true.
    """
    seen = history.observations(earlier.runs)
    return [dict(result, controls=_compared(result, seen.get(result["host"], []))) for result in results]


def summary(results: Iterable[Mapping[str, Any]], earlier: History) -> dict[str, Any]:
    """What the fleet result tells of the history.

    Args:
        results: As :func:`annotate` returns them.
        earlier: The runs before this one.

    Returns:
        ``previous`` (when the run before ended, or None), how many controls of all hosts are ``new``, ``fixed`` and
        ``still``, how many gaps were found when a control was first judged on a host (``first``; 0 where there is no
        run before), how many gaps are ``no_longer_judged`` (failed before, and now neither fail nor pass, or are not
        even asked about), ``otherwise`` (failed before, and pass by another rule or value), ``dropped`` (``id`` and
        ``hosts`` of the gaps that are no longer judged because this run has no such control) and ``unread`` (file and
        reason).
    """
    gone = dropped(results, earlier)
    controls = [control for result in results for control in result["controls"]]
    states = [control["history"]["state"] for control in controls]
    return {
        "previous": earlier.runs[-1].finished if earlier.runs else None,
        **{state: states.count(state) for state in ("new", "fixed", "still")},
        "first": sum(1 for control in controls if is_first_gap(control)) if earlier.runs else 0,
        "no_longer_judged": sum(1 for control in controls if is_no_longer_judged(control))
        + sum(len(one["hosts"]) for one in gone),
        "otherwise": sum(1 for control in controls if is_otherwise(control)),
        "dropped": gone,
        "unread": earlier.unread,
    }


def dropped(results: Iterable[Mapping[str, Any]], earlier: History) -> list[dict[str, Any]]:
    """Gaps of the judgement before whose control a host was not judged by this time: the profile or control is gone.

    Args:
        results: Host results of this run.
        earlier: The runs before it.

    Returns:
        ``id`` of the control and ``hosts``, ordered by the id.
    """
    found: dict[str, list[str]] = {}
    for result in results:
        at = history.observed(result).at
        seen = [run.hosts[result["host"]] for run in reversed(earlier.runs) if result["host"] in run.hosts]
        last = max((one for one in seen if one.at < at), key=lambda one: one.at, default=None)
        here = {control["id"] for control in result["controls"]}
        for name, verdict in last.verdicts.items() if last else ():
            if verdict in GAPS and name not in here:
                found.setdefault(name, []).append(result["host"])
    return [{"id": name, "hosts": sorted(found[name])} for name in sorted(found)]


def is_first_gap(control: Mapping[str, Any]) -> bool:
    """Whether a control is a gap, and was never judged on its host before."""
    return (control.get("history") or {}).get("state") == "first" and control["verdict"] in GAPS


def is_no_longer_judged(control: Mapping[str, Any]) -> bool:
    """Whether a control failed in the judgement before, and this one neither failed nor passed it."""
    told = control.get("history") or {}
    is_changed = told.get("state") == "changed" and told.get("before") in GAPS
    return is_changed and not is_otherwise(control)


def is_otherwise(control: Mapping[str, Any]) -> bool:
    """Whether a control failed before, and passes by another rule or value: nobody has seen that it was mended."""
    told = control.get("history") or {}
    return control["verdict"] == "pass" and told.get("before") in GAPS and bool(told.get("otherwise"))


def differs(first: str | None, second: str | None) -> bool:
    """Whether two judgements on a control are known to be by different rules or values."""
    return first is not None and second is not None and first != second


def lost(now: int | None, boot_id: str | None, before: Observation | None) -> dict[str, Any]:
    """How many records the kernel has lost since a host was last seen.

    The kernel counts from its boot, and ``auditctl --reset-lost`` sets the counter to 0.

    Args:
        now: ``status.lost`` of the posture.
        boot_id: ``system.boot_id`` of the posture.
        before: The host's last observation, of history.latest.

    Returns:
        ``now``, ``before``, ``since`` (when it was seen before), ``boot_id``, and ``rise``: at least so many were lost
        since then; None where there is nothing to compare with. ``restarted`` is ``reboot`` or ``reset`` where the
        counter began anew, so that what was lost between the last run and then is not in it; otherwise None.
    """
    told: dict[str, Any] = {
        "now": now, "before": None, "since": None, "rise": None, "restarted": None, "boot_id": boot_id,
    }  # fmt: skip
    if before is None or before.lost is None:
        return told
    told.update(before=before.lost, since=before.at)
    if now is None:
        return told
    if boot_id is not None and before.boot_id is not None and boot_id != before.boot_id:
        return dict(told, rise=now, restarted="reboot")
    if now < before.lost:
        # Of two postures without a boot id nobody can tell which it was; a reset is what has to be explained.
        return dict(told, rise=now, restarted="reset")
    return dict(told, rise=now - before.lost)


def _compared(result: Mapping[str, Any], seen: list[Observation]) -> list[dict[str, Any]]:
    at = history.observed(result).at
    before = history.stretches(one for one in seen if one.at < at)
    return [
        dict(control, history=_state(control["id"], control["verdict"], control.get("judged_by"), before, at))
        for control in result["controls"]
    ]


def _state(name: str, verdict: str, by: str | None, before: list[Stretch], at: str) -> dict[str, Any]:
    judged = [(one.first, one.verdicts[name], one.by.get(name)) for one in reversed(before) if name in one.verdicts]
    if not judged:
        return {"state": "first", "since": at if verdict in GAPS else None, "before": None}
    told = _told(verdict, by, judged, at)
    return dict(told, otherwise=True) if differs(by, judged[0][2]) else told


def _told(verdict: str, by: str | None, judged: list[tuple[str, str, str | None]], at: str) -> dict[str, Any]:
    """The state of a control, from its earlier judgements, the newest first: time, verdict, and by what."""
    last = judged[0][1]
    decided = [entry for entry in judged if entry[1] in (*GAPS, "pass")]
    was_gap = bool(decided) and decided[0][1] in GAPS
    if verdict in GAPS:
        since = at
        for earlier_at, earlier_verdict, _by in judged:
            if earlier_verdict in GAPS:
                since = earlier_at
            elif earlier_verdict == "pass":
                break
        return {"state": "still" if was_gap else "new", "since": since, "before": last}
    if was_gap and verdict == "pass" and not differs(by, decided[0][2]):
        return {"state": "fixed", "since": None, "before": last}
    return {"state": "unchanged" if verdict == last else "changed", "since": None, "before": last}
