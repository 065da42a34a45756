# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of audit: what runs, what is started at boot, and whether something loads the rules then."""

import re
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, loading, service_other
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
DAEMON, JOURNAL = "auditd.service", "systemd-journald-audit.socket"
_UNITS = (DAEMON,) + loading.RULES_UNITS + (JOURNAL,)
_PULLS = ("WantedBy", "RequiredBy", "BoundBy", "UpheldBy")
_PROPERTIES = ("Id", "LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID", "RefuseManualStop")
_RUNNING = ("active", "reloading")
# systemctl(1), is-enabled. Where the state does not decide, what pulls the unit in does: it may be started by another.
_AT_BOOT = {"enabled": True, "linked": False, "masked": False, "masked-runtime": False, "bad": False}
_COMMAND = re.compile(r"argv\[\]=([^;\n]*)")


def collect(context: Context, posture: Plain) -> Plain:
    """``init, units, running, enabled, rules_at_boot, loader, main_pid, not_seen``; null is what could not be seen.

    ``running`` and ``enabled`` (started at boot) are those of auditd; ``main_pid`` is 0 where it has no process.
    ``loader`` is what the services load the rules by, augenrules or auditctl; null too where none of them does.
    Without systemd ``units`` is null, and pid files, processes and links in the runlevels tell.

    Raises:
        EvidenceError: the part ``system`` could not be collected, or systemctl does not answer.
    """
    evidence.require(posture, "system")
    system = posture["system"]
    part: Plain = dict.fromkeys(("units", "running", "enabled", "rules_at_boot", "loader", "main_pid"))
    part["init"] = system["init"]
    if system["container"] not in ("none", None):
        return dict(part, not_seen=["this is a container ({0}): audit is its host's".format(system["container"])])
    if system["chroot"]:
        return dict(part, not_seen=["this is a chroot: the services outside of it cannot be seen"])
    if system["init"] == "systemd":
        return dict(part, **_of_systemd(context))
    return dict(part, **service_other.collect(context, system["init"]))


def _of_systemd(context: Context) -> Plain:
    program = context.program("systemctl")
    if program is None:
        return {"not_seen": ["there is no systemctl here"]}
    wanted = ",".join(_PROPERTIES + loading.RUNS + _PULLS)
    status, answer = context.run([program, "show", "--no-pager", "-p", wanted] + list(_UNITS))
    blocks = _blocks(answer)
    units = [_unit(name, block) for name, block in zip(_UNITS, blocks)]
    if len(units) != len(_UNITS):
        # systemctl prints a block for each unit, those that are not there included; none where systemd is not reached.
        raise EvidenceError(
            "systemctl show does not tell of the units (exit status {0})".format(status),
            remedy="run `systemctl show {0}` by hand and see why.".format(DAEMON),
        )
    daemon = units[0]
    enabled = _at_boot(daemon)
    at_boot, loaders = False, []
    for unit, block in zip(units, blocks):
        loader = loading.of_commands(_commands(block))
        if loader is None or unit["load"] != "loaded":
            continue
        # A unit that is not enabled itself is started where a unit that is wants it.
        started = _at_boot(unit) or (enabled and DAEMON in unit["wanted_by"])
        at_boot = at_boot or started
        # One that is started tells; of several one that is there for the rules.
        loaders.append((started, unit is not daemon, loader))
    return {
        "units": units,
        "running": daemon["active"] in _RUNNING,
        "enabled": enabled,
        "rules_at_boot": at_boot,
        "loader": max(loaders)[2] if loaders else None,
        "main_pid": daemon["main_pid"],
        "not_seen": [],
    }


def _blocks(answer: str) -> List[Dict[str, str]]:
    blocks = []
    for text in re.split(r"\n\s*\n", answer.strip("\n")):
        block: Dict[str, str] = {}
        for line in text.splitlines():
            name, sign, value = line.partition("=")
            if sign:
                # A unit can have several ExecStart lines.
                block[name] = block[name] + "\n" + value if name in block else value
        if "LoadState" in block:
            blocks.append(block)
    return blocks


def _unit(name: str, block: Dict[str, str]) -> Plain:
    pid = block.get("MainPID", "")
    return {
        "name": name,
        "id": block.get("Id", name),
        "load": block["LoadState"],
        "active": block.get("ActiveState") or None,
        "sub": block.get("SubState") or None,
        "enabled": block.get("UnitFileState") or None,
        "main_pid": int(pid) if pid.isdigit() else None,
        "refuse_manual_stop": block.get("RefuseManualStop") == "yes",
        "loads_rules": loading.of_commands(_commands(block)) is not None,
        "wanted_by": sorted({unit for pull in _PULLS for unit in block.get(pull, "").split()}),
    }


def _commands(block: Dict[str, str]) -> List[str]:
    return [command for run in loading.RUNS for command in _COMMAND.findall(block.get(run, ""))]


def _at_boot(unit: Plain) -> bool:
    """Whether the next boot starts the unit.

    ``enabled-runtime`` is forgotten by then (systemctl(1)). A static unit, one that a generator made and one that is
    known by another name are started where a target wants them; that the links of ``WantedBy`` are there says so.
    """
    if unit["load"] != "loaded" or unit["enabled"] in ("enabled-runtime", "linked-runtime", "disabled", "indirect"):
        return False
    return _AT_BOOT.get(unit["enabled"] or "", any(name.endswith(".target") for name in unit["wanted_by"]))


def unit_of(posture: Plain, name: str) -> Optional[Plain]:
    """One unit of the part ``service``, or None where the units are not known."""
    units = (posture.get("service") or {}).get("units")
    return next((unit for unit in units or () if unit["name"] == name), None)


def journal_listens(posture: Plain) -> Optional[bool]:
    """Whether journald is set to read audit records; None where it is not known."""
    unit = unit_of(posture, JOURNAL)
    return None if unit is None else unit["active"] in _RUNNING
