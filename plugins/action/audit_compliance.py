# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assess one host: the catalogue's requirements go down, the posture comes back, the result goes to a file."""

from __future__ import annotations

import contextlib
import getpass
import os
from collections.abc import Iterator
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.auditops.trail.plugins.module_utils import packing
from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import (
    asked,
    assessment,
    bundle,
    catalogue_loader,
    claims,
    gate,
    history,
    moments,
    occupied,
    plans,
    results,
    stale,
    this_run,
    waiver,
)

MODULE = "auditops.trail.audit_compliance"
ARGUMENTS = {
    "profiles": {"type": "list", "elements": "str", "default": ["baseline"]},
    "parameters": {"type": "dict", "default": {}},
    "catalogue": {"type": "list", "elements": "str", "default": []},
    "loader": {"type": "str", "choices": ["auto", "augenrules", "auditctl"], "default": "auto"},
    "posture": {"type": "str"},
    "save_posture": {"type": "str"},
    "result_dir": {"type": "str", "required": True},
    "site": {"type": "str"},
    "waiver_days": {"type": "int", "default": waiver.MOST_DAYS},
    "fail_on": {"type": "str", "choices": list(gate.CHOICES), "default": "never"},
    "history_dir": {"type": "str"},
    "evidence_dir": {"type": "str"},
    "scan_entries": {"type": "int", "default": 1000000},
    "scan_seconds": {"type": "int", "default": 20},
    "log_bytes": {"type": "int", "default": 67108864},
    "log_seconds": {"type": "int", "default": 30},
}


# ansible-playbook imports this file before it forks a process for each host: what is read here is read once for all.
with contextlib.suppress(TrailError):  # told by the run, which reads it again
    catalogue_loader.shipped()


class NotAssessed(Exception):
    """The host could not be judged at all; the text says why.

    ``refused``: because of what this run was given for it on the controller, which is a mistake of the run.
    """

    def __init__(self, reason: str, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


class ActionModule(ActionBase):
    """One task for each host does all of it; only the summary comes back."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Judge the host, write its result, return the counts."""
        task_vars = task_vars or {}
        answer = super().run(tmp, task_vars)
        del tmp
        host = task_vars.get("inventory_hostname", "localhost")
        try:
            options = asked.checked(self, ARGUMENTS)
            folder = asked.absolute(options["result_dir"])
            # Before anything is written: what lies there is the other run's.
            occupied.take(folder, C.DEFAULT_LOCAL_TMP, os.getppid(), moments.now())
        except TrailError as exc:
            answer.update(failed=True, msg=str(exc))
            return answer
        try:
            # Each inventory may have a site of its own, each group a gate: the report cannot know them but from here.
            answer["fail_on"] = options["fail_on"]
            asked.check_limits(options)
            basis = asked.basis(options, C.DEFAULT_LOCAL_TMP, moments.now())
            answer["site"] = basis.site.folder
            result, posture = self._result(host, basis, options, task_vars, answer)
            answer["result_file"] = results.host_file(folder, host)
            results.write_json(answer["result_file"], result)
            if posture is not None:
                _keep(folder, basis, options, (posture, result), answer)
        except AnsibleConnectionFailure as exc:
            # Not raised on: with it the answer would be lost, and so which site and gate are those of this host.
            answer.update(unreachable=True, msg=str(exc.message))
            return answer
        except TrailError as exc:
            answer.update(failed=True, msg=f"{exc}{_withdraw(folder, exc)}")
            return answer
        answer.update(changed=False, assessed=result["assessed"])
        if not result["assessed"]:
            answer["msg"] = f"not assessed: {result['reason']}"
            return answer
        answer["summary"] = result["summary"]
        answer["failed_controls"] = [one["id"] for one in result["controls"] if one["verdict"] == "fail"]
        answer["msg"] = ", ".join(f"{number} {verdict}" for verdict, number in result["summary"].items())
        return answer

    def _result(
        self,
        host: str,
        basis: assessment.Basis,
        options: dict[str, Any],
        task_vars: dict[str, Any],
        answer: dict[str, Any],
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """The host's result and, where it could be judged, what it was judged from.

        What is wrong with one host alone, on it or in what was given for it, must not end the run for the others: then
        the result says so.

        Raises:
            TrailError: what concerns every host: the history's folder.
        """
        started = results.now()
        run_by = {"user": _user(), "become": bool(self._play_context.become), "check_mode": bool(self._task.check_mode)}
        saved = asked.absolute(options["posture"]) if options["posture"] else None
        try:
            return self._assess(host, basis, options, task_vars, (started, run_by))
        except NotAssessed as exc:
            answer["refused"] = exc.refused
            return results.not_assessed(host, str(exc), started, run_by, saved), None

    def _assess(
        self,
        host: str,
        basis: assessment.Basis,
        options: dict[str, Any],
        task_vars: dict[str, Any],
        told: tuple[str, dict[str, Any]],
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The host's result and what it was judged from.

        Raises:
            NotAssessed: it could not be judged.
        """
        selection = basis.selection
        everything = bool(options["evidence_dir"] or options["save_posture"])
        limits = {name: options[name] for name in asked.LIMITS}
        plan = plans.of(selection, options["loader"], everything, **limits)
        saved = asked.absolute(options["posture"]) if options["posture"] else None
        kept = asked.absolute(options["save_posture"]) if options["save_posture"] else None
        with _own_fault():
            for path, variable in ((saved, "posture"), (kept, "save_posture")):
                if path:
                    claims.claim(C.DEFAULT_LOCAL_TMP, path, host, f"audit_compliance_{variable}")
        groups = {str(name) for name in task_vars.get("group_names") or ()}
        lost = None
        if saved:
            with _own_fault():
                groups.update(bundle.guard(saved))
                posture, judged = _judged_again(saved, plan)
        else:
            try:
                posture, judged = self._ask_host({"plan": plan, "result_dir": options["result_dir"]}, task_vars)
            except AnsibleConnectionFailure as exc:
                # An older result of this host must not stand for today's.
                reason = f"unreachable: {exc.message}"
                file = results.host_file(asked.absolute(options["result_dir"]), host)
                results.write_json(file, results.not_assessed(host, reason, *told))
                raise
            past = options["history_dir"] or os.path.join(options["result_dir"], history.FOLDER)
            posture, lost = assessment.with_losses(posture, asked.absolute(past), host)
        result = results.host_result(host, selection, posture, judged, *told, saved)
        # Also where there is nothing to compare with yet: the next run compares with this one.
        result.update(groups=sorted(groups), lost=lost)
        return assessment.with_waivers(result, basis.site, groups, moments.now()), posture

    def _ask_host(
        self, arguments: dict[str, Any], task_vars: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        try:
            answer = self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars)
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as exc:
            raise NotAssessed(str(exc)) from exc
        if answer.get("unreachable"):
            raise AnsibleConnectionFailure(str(answer.get("msg") or "no connection"))
        if answer.get("failed") or "packed" not in answer:
            detail = str(answer.get("module_stderr") or "").strip().splitlines()[-1:]
            raise NotAssessed(": ".join([str(answer.get("msg") or "the module gave no posture").strip(), *detail]))
        try:
            found = packing.unpack(str(answer["packed"]))
        except TrailError as exc:
            raise NotAssessed(str(exc)) from exc
        return found["posture"], found["judged"]


@contextlib.contextmanager
def _own_fault() -> Iterator[None]:
    """What is wrong with what was given for this one host keeps it alone from being judged."""
    try:
        yield
    except TrailError as exc:
        raise NotAssessed(str(exc), refused=True) from exc


def _keep(
    folder: str,
    basis: assessment.Basis,
    options: dict[str, Any],
    told: tuple[dict[str, Any], dict[str, Any]],
    answer: dict[str, Any],
) -> None:
    """Keep posture and evidence where that is asked for; ``unkept`` says what hinders it.

    After the result was written: what was found of a host must not be lost with what cannot be kept of it.
    """
    posture, result = told
    unkept = []
    try:
        if options["save_posture"]:
            assessment.save(asked.absolute(options["save_posture"]), posture)
    except TrailError as exc:
        unkept.append(str(exc))
    try:
        if options["evidence_dir"]:
            run = this_run.name(C.DEFAULT_LOCAL_TMP, folder, results.now())
            place = asked.absolute(options["evidence_dir"])
            answer["evidence"] = assessment.keep(place, run, posture, result, basis)
    except TrailError as exc:
        unkept.append(str(exc))
    if unkept:
        answer["unkept"] = unkept


def _judged_again(saved: str, plan: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    posture = results.read_posture(saved)
    try:
        return posture, evaluate.judge(posture, plan)
    except EvidenceError as exc:
        remedy = exc.remedy or results.POSTURE_REMEDY
        raise EvidenceError(exc.message, exc.file or saved, exc.line, remedy) from exc


def _withdraw(folder: str, error: TrailError) -> str:
    """Where every host fails no report is made, and an older one must not stand for it.

    Returns:
        What hinders that, if anything.
    """
    try:
        stale.withdraw(folder)
    except TrailError as exc:
        return "" if (error.file or "").startswith(folder) else f" {exc}"
    return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name in the environment, nor in the user database
        return str(os.getuid())
