# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge the host results of a play into one file, show the summary, then apply the gate."""

from __future__ import annotations

import os
from typing import Any

from ansible import constants as C
from ansible.plugins.action import ActionBase
from ansible.utils import color
from ansible.utils.color import stringc
from ansible.utils.display import Display

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import (
    asked,
    earlier,
    fleet_parts,
    gate,
    history,
    merging,
    moments,
    occupied,
    remedies,
    results,
    stale,
    summary,
    terminal,
    variables,
    waiver,
    wording,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import requirements, writing

FORMATS = ["json", *writing.FILES]
ARGUMENTS = {
    "result_dir": {"type": "str", "required": True},
    "registered": {"type": "str", "default": "_audit_compliance_assessment"},
    "fail_on": {"type": "str", "choices": list(gate.CHOICES), "default": "never"},
    "summary": {"type": "bool", "default": True},
    "nobody": {"type": "str"},
    "site": {"type": "str"},
    "waiver_days": {"type": "int", "default": waiver.MOST_DAYS},
    "population": {"type": "raw"},
    "history_dir": {"type": "str"},
    "period": {"type": "str", "default": ""},
    "merge": {"type": "list", "elements": "str", "default": []},
    "only_check": {"type": "bool", "default": False},
    "profiles": {"type": "list", "elements": "str", "default": ["baseline"]},
    "parameters": {"type": "dict", "default": {}},
    "catalogue": {"type": "list", "elements": "str", "default": []},
    "evidence_dir": {"type": "str"},
    "save_posture": {"type": "str"},
    "scan_entries": {"type": "int", "default": 1000000},
    "scan_seconds": {"type": "int", "default": 20},
    "log_bytes": {"type": "int", "default": 67108864},
    "log_seconds": {"type": "int", "default": 30},
    "formats": {
        "type": "list",
        "elements": "str",
        "choices": ["json", *writing.FILES],
        "default": ["json", *writing.FILES],
    },
}

# When a task runs, standard output may already be another one.
_TERMINAL = os.isatty(1)
_NAMED = 3
AS_ROOT = "AUDITOPS_TRAIL_AS_ROOT"
"""Where a command that runs the playbook says how its user gets the full result."""


class ActionModule(ActionBase):
    """Runs on the controller alone; the connection of the task's host is never opened."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the fleet result, print it, and fail where the gate says so."""
        task_vars = task_vars or {}
        answer = super().run(tmp, task_vars)
        del tmp
        try:
            options = asked.checked(self, ARGUMENTS)
            folder = asked.absolute(options["result_dir"])
            occupied.take(folder, C.DEFAULT_LOCAL_TMP, os.getppid(), moments.now())
        except TrailError as exc:
            answer.update(failed=True, msg=str(exc))
            return answer
        try:
            if options["only_check"]:
                _check(options, task_vars)
                return answer
            return self._report(folder, options, task_vars, answer)
        except TrailError as exc:
            answer.update(failed=True, msg=f"{exc}{_withdraw(folder, answer, exc)}")
            return answer
        finally:
            # Hosts are still to be judged after a check, and after a batch that is not the last.
            if answer.get("failed") or not (options["only_check"] or answer.get("pending")):
                _give_back(folder)

    def _report(
        self, folder: str, options: dict[str, Any], task_vars: dict[str, Any], answer: dict[str, Any]
    ) -> dict[str, Any]:
        """Everything that is written, then what is shown, then the gate.

        Raises:
            TrailError: the site's files do not hold together, or something could not be written.
        """
        if options["nobody"]:
            answer.update(failed=True, msg=_nobody(folder, options["nobody"]))
            return answer
        others = [asked.absolute(path) for path in options["merge"]]
        fleet, written, refused = _fleet(task_vars, options["registered"], others)
        past = asked.absolute(options["history_dir"] or os.path.join(options["result_dir"], history.FOLDER))
        said = _said(task_vars, options["registered"])
        fail_on = gate.strictest([options["fail_on"], *(one["fail_on"] for one in said if one.get("fail_on"))])
        fleet = _completed(fleet, past, options, task_vars, [str(one["site"]) for one in said if one.get("site")])
        # Under `serial` the results of the batches to come are still those of an earlier run.
        moved = earlier.set_aside(folder, written) if not fleet["pending"] else []
        fleet["earlier"] = earlier.known(folder)
        file = os.path.join(folder, results.FLEET_FILE)
        if not fleet["pending"]:
            fleet["requirements"] = requirements.compute(fleet)
        results.write_json(file, fleet)
        answer["result_file"] = file
        last = not fleet["pending"]
        faults = []
        if last:
            remedies.write(folder, fleet)
            # JSON is written in any case: every other form is made of it.
            answer["reports"] = writing.write(folder, fleet, [one for one in options["formats"] if one != "json"])
            faults = _remember(past, fleet, answer)
        # Under `serial` a failure ends the play: the gate waits until every host has had its turn.
        objections = gate.objections(fleet, fail_on) if last else []
        if options["summary"]:
            reports = [os.path.relpath(path) for path in answer.get("reports", ())]
            _show(fleet, os.path.relpath(answer["result_file"]), moved, objections, fail_on, reports)
        answer.update(
            changed=False,
            summary=fleet["summary"],
            not_assessed=[gone["host"] for gone in fleet["not_assessed"]],
            pending=fleet["pending"],
        )
        if last and refused:
            names = wording.some(sorted(refused), _NAMED, "hosts")
            faults.append(f"what this run was given for {names} could not be used, see NOT ASSESSED")
        unkept = [one["text"] for one in fleet["findings"] if one["id"] == fleet_parts.UNKEPT]
        if last and unkept:
            whose = "a host" if len(unkept) == 1 else f"{len(unkept)} hosts"
            faults.append(f"the evidence of {whose} could not be kept, see the findings on this run")
        if objections:
            told = "; ".join(objections)
            if fleet["results"]:
                # ansible-playbook shows a message twice; what the summary ends with need not be in it.
                told = f"The gate ({fail_on}) fails the run" + ("" if options["summary"] else f": {told}")
            faults.insert(0, told)
        if faults:
            answer.update(failed=True, msg=f"{'. '.join(fault.rstrip('.') for fault in faults)}.")
        return answer


def _remember(past: str, fleet: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """Add the run to the history; what keeps it from that must not keep anybody from seeing what was found."""
    observed = fleet_parts.live(fleet)
    if not fleet_parts.is_observation(observed):
        return []
    try:
        answer["history_file"] = history.append(past, observed)
    except TrailError as exc:
        return [str(exc)]
    return []


def _withdraw(folder: str, answer: dict[str, Any], error: TrailError) -> str:
    """What an earlier run has left must not stand for this one, which has failed; what this one has written stays.

    Returns:
        What hinders that, if anything.
    """
    own = () if "result_file" not in answer else (results.FLEET_FILE,)
    try:
        stale.withdraw(folder, [name for name in (results.FLEET_FILE, *stale.REPORTS.values()) if name not in own])
    except TrailError as exc:
        return "" if (error.file or "").startswith(folder) else f" {exc}"
    return ""


def _give_back(folder: str) -> None:
    try:
        occupied.release(folder, C.DEFAULT_LOCAL_TMP)
    except TrailError:  # the folder has become unwritable; the process that took it ends anyway
        pass


def _check(options: dict[str, Any], task_vars: dict[str, Any]) -> None:
    """Everything that can be told before a host is asked, once and not for each of them.

    Raises:
        TrailError: something does not hold together, or could not be written.
    """
    now = moments.now()
    hosts = task_vars.get("ansible_play_hosts_all") or ()
    variables.check(str(name) for names in (task_vars, *map(task_vars["hostvars"].get, hosts)) for name in names or ())
    asked.of_report(options, now)
    asked.basis(options, C.DEFAULT_LOCAL_TMP, now)
    asked.check_limits(options)
    asked.check_folders(options)
    merging.check(asked.absolute(path) for path in options["merge"])


def _said(task_vars: dict[str, Any], registered: str) -> list[dict[str, Any]]:
    """What the assessments of the hosts that had their turn have registered."""
    hosts = task_vars.get("ansible_play_hosts_all") or ()
    found = [task_vars["hostvars"][host].get(registered) for host in hosts]
    return [one for one in found if one is not None]


def _completed(
    fleet: dict[str, Any], past: str, options: dict[str, Any], task_vars: dict[str, Any], sites: list[str]
) -> dict[str, Any]:
    """The fleet result with what the sites and the history add to it."""
    now = moments.now()
    ours, stated = asked.of_report(options, now, sites)
    groups = {str(name): [str(host) for host in hosts] for name, hosts in (task_vars.get("groups") or {}).items()}
    fleet = fleet_parts.with_scope(fleet, stated, groups, ours.waivers, now)
    fleet = fleet_parts.with_run(fleet, [str(one) for one in task_vars.get("ansible_inventory_sources") or ()])
    if fleet["pending"]:
        return dict(fleet, history=None, period=None, requirements=[])
    return fleet_parts.with_history(fleet, history.read(past), options["period"], now)


def _show(
    fleet: dict[str, Any], file: str, moved: list[str], objections: list[str], fail_on: str, reports: list[str]
) -> None:
    if fleet["pending"]:
        lines = summary.so_far(fleet)
    else:
        lines = summary.render(fleet, file, _paint, moved, os.environ.get(AS_ROOT) or "add --become", reports)
    if objections and fleet["results"]:
        lines.append(f"{_paint('GATE', 'bright red')}   {fail_on} fails the run: {'; '.join(objections)}")
    columns = terminal.width() if _TERMINAL else 0
    for line in lines:
        for row in terminal.fit(line, columns):
            Display().display(row)


def _paint(text: str, name: str) -> str:
    if name != terminal.DIM:
        return str(stringc(text, name))
    return terminal.dim(text) if color.ANSIBLE_COLOR else text


def _nobody(folder: str, why: str) -> str:
    """Set aside what earlier runs left, as this one judges no host, and say so."""
    said = f"no host was assessed: {why}"
    try:
        moved = bool(earlier.set_aside(folder, ()))
        moved = stale.withdraw(folder) or moved
    except TrailError as exc:
        return f"{said}. {exc}"
    aside = os.path.relpath(os.path.join(folder, earlier.EARLIER_DIR))
    return said + (f"; the results of earlier runs are in {aside} now" if moved else "")


def _fleet(
    task_vars: dict[str, Any], registered: str, others: list[str]
) -> tuple[dict[str, Any], list[str], list[str]]:
    """The fleet result of this play, from what each host's assessment registered, and of the folders to merge.

    Returns:
        It, the hosts whose results the play has written, and those for which it was given what cannot be used.
    """
    found, missing, pending, written, evidence, refused = [], [], [], [], [], []
    unkept: dict[str, list[str]] = {}
    active = set(task_vars.get("ansible_play_hosts") or ())
    batch = set(task_vars.get("ansible_play_batch") or ())
    for host in task_vars.get("ansible_play_hosts_all") or ():
        said = task_vars["hostvars"][host].get(registered)
        if said is None and host in active and host not in batch:
            pending.append(host)
        elif said is None:
            missing.append({"host": host, "reason": "it left the play before its assessment"})
        elif said.get("unreachable"):
            missing.append({"host": host, "reason": f"unreachable: {said.get('msg') or 'no connection'}"})
            written.append(host)
        elif said.get("failed") or "result_file" not in said:
            missing.append({"host": host, "reason": str(said.get("msg") or "its assessment gave no result")})
        else:
            written.append(host)
            if said.get("refused"):
                refused.append(host)
            if said.get("unkept"):
                unkept[host] = [str(text) for text in said["unkept"]]
            if said.get("evidence"):
                evidence.append(
                    {"host": host, "folder": said["evidence"]["folder"], "sha256": said["evidence"]["sha256"]}
                )
            try:
                found.append(results.read_result(said["result_file"]))
            except TrailError as exc:
                missing.append({"host": host, "reason": str(exc)})
    kept = sorted(evidence, key=lambda one: str(one["host"]))
    told = fleet_parts.unkept(unkept)
    if others and not pending:
        now = moments.now()
        found, of_merging = merging.joined(found, merging.read(others, now), now, [gone["host"] for gone in missing])
        told += [*of_merging, *merging.findings(found, now)]
    return dict(results.fleet_result(found, missing, pending), evidence=kept, findings=told), written, refused
