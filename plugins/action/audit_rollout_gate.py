# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a rollout that are made once, on the controller: check, then begin, decide and close of a batch, end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars
from jinja2.exceptions import UndefinedError

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import asked, results, stale, terminal, variables
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import (
    decision,
    ending,
    names,
    outcome,
    places,
    role_values,
    telling,
    values,
    verdicts,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import told as read

Plain = dict[str, Any]
ARGUMENTS = {
    "phase": {"type": "str", "required": True, "choices": ["check", "begin", "decide", "close", "end"]},
    "result_dir": {"type": "str", "required": True},
    "max_fail_percentage": {"type": "float", "default": 0.0},
    "batch": {"type": "list", "elements": "str", "default": []},
    "canary": {"type": "str"},
    "trial": {"type": "bool", "default": False},
    "decision": {"type": "dict"},
    "compared": {"type": "bool", "default": True},
    "fail_on": {"type": "str", "choices": list(values.FAIL_ON), "default": "never"},
}
CLOSED = "_rollout_closed"
"""In which the play registers what ``close`` returns; the other phases read it there."""
FILE = "rollout.json"
BEFORE, AFTER = "before", "after"
"""Folders with the verdicts, in that of the results."""
UNJUDGED_AFTER = "_rollout_unjudged_after"
"""In which the play keeps why a host could not be judged after the rollout."""
_CHANGING = ("auditd", "audit_rules")
"""The roles that change hosts."""
_READ = (*names.KNOWN, *values.OF_ROLES)
# When a task runs, standard output may already be another one.
_TERMINAL = os.isatty(1)


class ActionModule(ActionBase):
    """Runs on the controller alone; the connection of the task's host is never opened."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: Plain | None = None) -> Plain:
        """One phase; what it decides is returned, and told in lines."""
        task_vars = task_vars or {}
        answer: Plain = super().run(tmp, task_vars)
        del tmp
        _checked, options = self.validate_argument_spec(ARGUMENTS)
        answer["changed"] = False
        try:
            answer.update(getattr(self, "_" + options["phase"])(options, task_vars))
        except TrailError as exc:
            answer.update(failed=True, msg=str(exc))
        return answer

    def _check(self, options: Plain, task_vars: Plain) -> Plain:
        """Before any host is asked: what the run is asked for, by the variables of all hosts and those of the plays."""
        stale.withdraw(asked.absolute(options["result_dir"]), [FILE])
        places.check_tags(task_vars.get("ansible_run_tags") or ["all"])
        seen = {str(host): task_vars["hostvars"].get(host) or {} for host in _hosts(task_vars)}
        named = {str(name) for own in (task_vars, *seen.values()) for name in own}
        names.check(named)
        for role in (*_CHANGING, "audit_compliance"):
            variables.check(named, role)
        variables.check_near(named)
        here = {name: self._templar.template(task_vars[name]) for name in _READ if name in task_vars}
        extra = load_extra_vars(self._loader)
        given = {host: _given(own) for host, own in seen.items()}
        first = given.get(str(task_vars["inventory_hostname"]), {})
        # Those of import_playbook win over the inventory.
        of_plays = {name: value for name, value in here.items() if name not in first or first[name] != value}
        hidden = self._of_plays(task_vars, seen)
        places.check_early(given, [*extra, *of_plays])
        places.check_common(given, [*extra, *of_plays])
        for host, own in given.items():
            values.check({**own, **of_plays}, host)
            for role in _CHANGING:
                ours = variables.known(role)
                read = _plain(seen[host], ours - hidden)
                role_values.check(read, role, host, (ours & (seen[host].keys() | hidden)) - read.keys())
        _see_canary(here.get("rollout_canary"), _hosts(task_vars), "a host of the rollout")
        if values.is_true(here.get("rollout_compliance", True)):
            places.check_extra(extra)
        elif here.get("rollout_fail_on", "never") != "never":
            raise TrailError(
                f"rollout_fail_on is {here['rollout_fail_on']}, and without verdicts (rollout_compliance: false) "
                "nothing can be worse",
                remedy="leave one of both away.",
            )
        return {}

    def _of_plays(self, task_vars: Plain, seen: Mapping[str, Plain]) -> set[str]:
        """The roles' variables that import_playbook gives: they hide those of the hosts, and may differ from one to the
        next by what they are made of."""
        own = seen.get(str(task_vars["inventory_hostname"]), {})
        found = set()
        for name in task_vars.keys() & frozenset().union(*map(variables.known, _CHANGING)):
            try:
                same = name in own and self._templar.template(task_vars[name]) == own[name]
            except (AnsibleError, UndefinedError):
                same = False
            if not same:
                found.add(name)
        return found

    def _begin(self, options: Plain, task_vars: Plain) -> Plain:
        """Before the hosts of a batch are asked: who belongs to it."""
        batch = [str(host) for host in task_vars.get("ansible_play_batch") or ()]
        number = len({closed["number"] for closed in _closed(task_vars).values()}) + 1
        if number == 1:
            self._check(options, task_vars)  # again: with --start-at-task this may be the first task
            _see_canary(options["canary"], batch, "in the first batch")
        _show(telling.begun(number, batch))
        return {"batch": batch, "number": number}

    def _decide(self, options: Plain, task_vars: Plain) -> Plain:
        """The gate of a batch."""
        if not options["batch"]:
            raise TrailError(
                "The batch was never begun, so nothing was done on its hosts and nothing is decided",
                remedy="run the playbook from its start, without --start-at-task.",
            )
        check_mode = bool(self._task.check_mode)
        found = [outcome.of(host, task_vars["hostvars"].get(host) or {}, check_mode) for host in options["batch"]]
        before = [one for closed in _closed(task_vars).values() for one in closed["endings"]]
        over = {one["host"] for one in before} | set(options["batch"])
        decided = decision.of(
            found,
            options["max_fail_percentage"],
            any(map(ending.proves, before)),
            last=over >= {str(host) for host in _hosts(task_vars)},
            trial=options["trial"],
            check_mode=check_mode,
        )
        _show(telling.gate(found, decided))
        return dict(decided.plain(), outcomes=[one.plain() for one in found])

    def _close(self, options: Plain, task_vars: Plain) -> Plain:
        """What became of the hosts of a batch, and whether there is a next one."""
        given = options["decision"] or {}
        decided = decision.Decision(
            list(given["commit"]),
            list(given["roll_back"]),
            bool(given["stop"]),
            str(given["reason"]),
            list(given["checked"]),
            bool(given["trial"]),
        )
        found = [outcome.Outcome(**one) for one in given["outcomes"]]
        ended = [ending.of(one, decided, task_vars["hostvars"].get(one.host) or {}) for one in found]
        stop = ending.must_stop(ended, decided, options["max_fail_percentage"])
        _show(telling.endings(ended))
        number = len({closed["number"] for closed in _closed(task_vars).values()}) + 1
        return {
            "number": number,
            "batch": [one.host for one in found],
            "outcomes": [one.plain() for one in found],
            "reason": decided.reason,
            "endings": [one.plain() for one in ended],
            "stop": bool(stop),
            "stopped": stop,
        }

    def _end(self, options: Plain, task_vars: Plain) -> Plain:
        """After the last batch: all of it in a few lines and in a file, and whether the run has failed."""
        batches = {closed["number"]: closed for closed in _closed(task_vars).values()}
        found: dict[str, Plain] = {
            str(host): {"became": ending.NOT_BEGUN, "ok": False, "text": "its batch was never begun"}
            for host in _hosts(task_vars)
        }
        for closed in batches.values():
            found.update({one["host"]: one for one in closed["endings"]})
        for host, one in found.items():
            unjudged = read.failure(task_vars["hostvars"].get(host) or {}, UNJUDGED_AFTER)
            if unjudged:
                text = f"{one['text']}; it could not be judged after the rollout: {unjudged}"
                found[host] = dict(one, ok=False, text=text)
        stopped = next((closed["stopped"] for closed in batches.values() if closed["stopped"]), "")
        folder = asked.absolute(options["result_dir"])
        changed = None
        if options["compared"]:
            first, last = (
                results.read_json(os.path.join(folder, name, results.FLEET_FILE)) for name in (BEFORE, AFTER)
            )
            changed = verdicts.changes(first, last)
        record = {
            "finished": results.now(),
            "check_mode": bool(self._task.check_mode),
            "batches": [batches[number] for number in sorted(batches)],
            "hosts": found,
            "stopped": stopped or None,
            "verdicts": changed,
        }
        file = os.path.join(folder, FILE)
        results.write_json(file, record)
        _show([*telling.summary(found, stopped), *(verdicts.lines(changed) if changed else [])])
        answer: Plain = {"hosts": found, "stopped": stopped or None, "verdicts": changed, "result_file": file}
        worse = verdicts.worse(changed) if changed and options["fail_on"] == "worse" else []
        objection = telling.objection(found, stopped, worse)
        return dict(answer, failed=True, msg=objection) if objection else answer


def _hosts(task_vars: Plain) -> Iterable[Any]:
    """All hosts of the rollout, those of batches to come among them."""
    return task_vars.get("ansible_play_hosts_all") or ()


def _see_canary(canary: Any, among: Iterable[Any], what: str) -> None:
    """Refuse a canary that would not be in the first batch, which begins with the canary of the plays."""
    hosts = [str(host) for host in among]
    if canary and str(canary) not in hosts:
        raise TrailError(
            f"rollout_canary is {canary}, which is not {what}: {', '.join(hosts)}",
            remedy="name one host of the inventory, as the inventory does, that --limit does not leave out.",
        )


def _given(own: Mapping[str, Any]) -> Plain:
    """The playbook's variables among those of a host, but for what only a play can make a value of."""
    return _plain(own, _READ)


def _plain(own: Mapping[str, Any], wanted: Iterable[str]) -> Plain:
    """Those of a host's variables that need no play to make a value of them."""
    found: Plain = {}
    for name in wanted:
        try:
            text = str(own[name]) if name in own else "{{"
            if "{{" not in text and "{%" not in text:
                found[name] = own[name]
        except (AnsibleError, UndefinedError):
            continue
    return found


def _closed(task_vars: Plain) -> dict[str, Plain]:
    """What ``close`` has returned for the batches so far, by host."""
    told = {str(host): (task_vars["hostvars"].get(host) or {}).get(CLOSED) for host in _hosts(task_vars)}
    return {host: closed for host, closed in told.items() if isinstance(closed, dict) and "number" in closed}


def _show(lines: Iterable[str]) -> None:
    columns = terminal.width() if _TERMINAL else 0
    for line in lines:
        for row in terminal.fit(terminal.plain(line), columns):
            Display().display(row)
