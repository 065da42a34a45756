# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook against this machine, before and after the rules that it asks for are loaded for real.

The lines are those that the first run writes into remedies/localhost.rules.
With them in the kernel no control that demands records fails, and nothing else
is worse than before; with a never rule in front each of them fails and the
result names the rule; with one watch less one control fails. What has to do
with the rest of the machine (a daemon, boot, files) fails as it did: this
kernel is one that nobody uses. The lock (-e 2) cannot be undone and so is not
tried. What the kernel held is put back, whatever happens.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import compliance
from layout import CACHE, collections_path

sys.path.insert(0, str(collections_path()))

from ansible_collections.auditops.trail.tests.kernel import control, gate  # noqa: E402

NEVER = "-a never,exit -F auid=1000"
WATCHED = "identity.passwd_group"
RECORDS = ("rules.loaded",)
"""Not of kind record, and mended by lines all the same."""
CAUSED = {"rules.drift"}
"""May fail once rules are loaded that no file on disk has."""
Controls = dict[str, dict[str, Any]]


class Failed(Exception):
    """The playbook said something else than it must; the text says what."""


def failing(found: Controls) -> set[str]:
    """The controls that fail."""
    return {name for name, one in found.items() if one["verdict"] == "fail"}


def recording(found: Controls) -> set[str]:
    """The controls that demand records of this host: of kind record, and applicable here."""
    return {name for name, one in found.items() if one["kind"] == "record" and one["verdict"] != "not_applicable"}


def lines_of(remedies: str) -> list[str]:
    """The rules of a file of remedies, each once.

    Raises:
        Failed: it holds what is no rule: -e 2 would lock this kernel until it boots.
    """
    lines = [line for line in remedies.splitlines() if line and not line.startswith("#")]
    for line in lines:
        if not line.startswith(("-a always,exit ", "-w /")):
            raise Failed(f"the remedies hold more than rules to add: {line}")
    return list(dict.fromkeys(lines))


def check_before(found: Controls, lines: list[str]) -> None:
    """Nothing is loaded: each control that demands records fails, and the file has the lines for all of them.

    Raises:
        Failed: it is not so.
    """
    wanted = recording(found)
    if len(wanted) < 12 or WATCHED not in wanted:
        raise Failed(f"only {len(wanted)} controls of the baseline demand records here: {_told(wanted)}")
    _same("nothing loaded: the controls that demand records and fail", failing(found) & wanted, wanted)
    for name in sorted(wanted):
        added = {step["text"] for step in found[name]["remedy"] if step["do"] == "add"}
        if not added or not added <= set(lines):
            raise Failed(f"nothing loaded: the file of remedies has no lines for {name}")


def check_after(before: Controls, found: Controls) -> None:
    """The lines are loaded: they mend what lines can mend, and nothing becomes worse.

    Raises:
        Failed: it is not so.
    """
    mended = recording(before) | set(RECORDS)
    _same("with the lines: what should be mended and is not", _not_passed(found) & mended, set())
    worse = _not_passed(found) - _not_passed(before) - CAUSED
    _same("with the lines: what is worse than without", worse, set())


def check_defeated(after: Controls, found: Controls) -> None:
    """A never rule stands in front: every control that demands records fails, and each of its gaps names the rule.

    Raises:
        Failed: it is not so.
    """
    wanted = recording(after)
    _same("a never rule in front: the controls that demand records and fail", failing(found) & wanted, wanted)
    for name in sorted(wanted):
        gaps = [entry for entry in found[name]["coverage"] if entry["outcome"] != "covered"]
        blamed = [[blame["rule"] for blame in entry["defeated_by"]] for entry in gaps]
        if not gaps or not all(len(one) == 1 and "never,exit" in one[0] and "auid=1000" in one[0] for one in blamed):
            raise Failed(f"a never rule in front: {name} blames {blamed}")


def check_one_less(after: Controls, found: Controls) -> None:
    """One watch is not loaded: the control that demands it fails, and no other that did not.

    Raises:
        Failed: it is not so.
    """
    _same("one watch less: what fails beside what failed before", failing(found) - failing(after), {WATCHED})


def _not_passed(found: Controls) -> set[str]:
    return {name for name, one in found.items() if one["verdict"] in ("fail", "error")}


def _same(what: str, got: set[str], wanted: set[str]) -> None:
    if got != wanted:
        raise Failed(f"{what}: {_told(got)}; wanted: {_told(wanted)}")


def _told(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _playbook(name: str) -> tuple[Controls, str]:
    """Run `make compliance` and read what it wrote: the controls by id, and the text of the remedies."""
    folder = CACHE / "demonstration" / name.replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    print(f"\n== {name}", flush=True)
    variables = {"audit_compliance_result_dir": str(folder), "audit_compliance_profiles": ["baseline"]}
    code = compliance.run(["--extra-vars", json.dumps(variables)])
    if code != 0:
        raise Failed(f"{name}: the playbook ended with exit code {code}")
    result = json.loads((folder / "hosts" / "localhost.json").read_text(encoding="utf-8"))
    if not result["assessed"]:
        raise Failed(f"{name}: not assessed: {result['reason']}")
    remedies = folder / "remedies" / "localhost.rules"
    text = remedies.read_text(encoding="utf-8") if remedies.is_file() else ""
    return {one["id"]: one for one in result["controls"]}, text


def _demonstrate(load: Callable[[list[str]], None]) -> None:
    load([])
    before, remedies = _playbook("nothing loaded")
    lines = lines_of(remedies)
    check_before(before, lines)

    load(lines)
    after, _remedies = _playbook(f"the {len(lines)} lines of the remedies loaded")
    check_after(before, after)

    load([NEVER, *lines])
    check_defeated(after, _playbook("a never rule in front")[0])

    gone = next(step["text"] for step in before[WATCHED]["remedy"] if step["do"] == "add")
    print(f"\nwithout {gone}")
    load([line for line in lines if line != gone])
    check_one_less(after, _playbook("one watch less")[0])


def _terminated(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def run(_arguments: list[str]) -> int:
    """Demonstrate under the kernel tier's conditions and lock.

    Returns:
        0 where everything was as it must be, or where the conditions do not hold (said in the last line).
    """
    reason = gate.obstacle()
    held = gate.lock() if reason is None else None
    if reason is None:
        reason = f"another run holds {gate.LOCK}" if held is None else gate.in_use()
    if reason is not None:
        print(f"demonstration skipped: {reason}")
        return 0
    for name in ("FAIL_ON", "INVENTORY", "POSTURE", "PROFILE", "SITE"):
        os.environ.pop(name, None)
    signal.signal(signal.SIGTERM, _terminated)
    channel, saved = control.Channel(), control.save()

    def load(lines: list[str]) -> None:
        control.delete_all(channel)
        channel.set(enabled=1, failure=1, rate_limit=0, backlog_limit=8192, lost=0)
        with tempfile.TemporaryDirectory(prefix="auditops-") as folder:
            if lines and len(control.load(lines, folder)) != len(lines):
                raise Failed("the kernel does not list every line that was loaded")

    try:
        _demonstrate(load)
    except (Failed, control.LoadRefused) as failed:
        print(f"\ndemonstration failed: {failed}", flush=True)
        return 1
    finally:
        control.restore(channel, saved)
        channel.close()
        os.close(held)
    print("\ndemonstration passed; the kernel's audit state is as it was", flush=True)
    return 0
