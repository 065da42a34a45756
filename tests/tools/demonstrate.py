# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook against this machine, before and after the rules that it asks for are loaded for real.

The lines are those that the first run prints as the remedy. With them in the
kernel nothing may fail but the lock, which cannot be undone and so is not
tried; with a never rule in front every control that demands records fails and
the result names the rule; with one watch less one control fails. What the
kernel held is put back, whatever happens.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable

import compliance
from layout import CACHE, collections_path

sys.path.insert(0, str(collections_path()))

from ansible_collections.auditops.trail.tests.kernel import control, gate  # noqa: E402

NEVER = "-a never,exit -F auid=1000"
LOCK = "kernel.immutable"
Controls = dict[str, dict]


class Failed(Exception):
    """The playbook said something else than it must; the text says what."""


def _playbook(name: str) -> Controls:
    """Run `make compliance` and read the host's result: the controls by id."""
    folder = CACHE / "demonstration" / name.replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    print(f"\n== {name}", flush=True)
    code = compliance.run(["--extra-vars", json.dumps({"audit_compliance_result_dir": str(folder)})])
    if code != 0:
        raise Failed(f"{name}: the playbook ended with exit code {code}")
    result = json.loads((folder / "hosts" / "localhost.json").read_text(encoding="utf-8"))
    if not result["assessed"]:
        raise Failed(f"{name}: not assessed: {result['reason']}")
    return {one["id"]: one for one in result["controls"]}


def _expect(name: str, found: Controls, failing: set[str]) -> None:
    """Exactly these controls fail, and none is an error."""
    for verdict, wanted in (("fail", failing), ("error", set())):
        got = {control_id for control_id, one in found.items() if one["verdict"] == verdict}
        if got != wanted:
            shown = (", ".join(sorted(ids)) or "none" for ids in (wanted, got))
            raise Failed("{}: {} should be {}; it is {}".format(name, verdict, *shown))


def _remedies(found: Controls) -> dict[str, list[str]]:
    """The lines to add, by control."""
    lines = {}
    for name, one in found.items():
        added = [step["text"] for step in one["remedy"] if step["do"] == "add"]
        if added:
            lines[name] = added
    return lines


def _demonstrate(load: Callable[[list[str]], None]) -> None:
    load([])
    before = _playbook("nothing loaded")
    lines = _remedies(before)
    recording = {name for name, one in before.items() if one["coverage"]}
    if len(before) != 12 or set(lines) != recording:
        raise Failed(f"a remedy of lines for {', '.join(sorted(lines))}, not for {', '.join(sorted(recording))}")
    _expect("nothing loaded", before, recording | {LOCK})
    every = list(dict.fromkeys(line for own in lines.values() for line in own))

    load(every)
    name = f"the {len(every)} lines of the remedies loaded"
    after = _playbook(name)
    _expect(name, after, {LOCK})
    if after[LOCK]["reasons"] != ["status.enabled is 1; wanted: status.enabled = 2"]:
        raise Failed(f"{LOCK} fails for another reason: {after[LOCK]['reasons']}")

    load([NEVER, *every])
    name = "a never rule in front"
    defeated = _playbook(name)
    _expect(name, defeated, recording | {LOCK})
    for one in sorted(recording):
        for entry in defeated[one]["coverage"]:
            named = [blame["rule"] for blame in entry["defeated_by"]]
            if len(named) != 1 or "never,exit" not in named[0] or "auid=1000" not in named[0]:
                raise Failed(f"{name}: {one} blames {named}")

    gone = lines["identity.passwd_group"][0]
    load([line for line in every if line != gone])
    name = "without " + gone
    _expect(name, _playbook("one watch less"), {"identity.passwd_group", LOCK})


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
    for name in ("FAIL_ON", "INVENTORY", "POSTURE", "PROFILE"):
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
