# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a schedule can make a run: asked when it is set up, so that nobody learns it in the night."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import results, variables
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import playbook, settings
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.settings import Settings

_LIMIT = 120
_LOCAL = ("local", "ansible.builtin.local")
_CONNECTION = "ansible_connection"
_TRANSPORT = re.compile(r"^DEFAULT_TRANSPORT\(.*\) = (\S+)", re.MULTILINE)


def faults(told: Settings) -> list[str]:
    """What would keep a run from its work; empty where nothing would.

    Args:
        told: The settings of the schedule.
    """
    return [*_files(told), *_names(told), *_inventory(told)]


def _files(told: Settings) -> Iterator[str]:
    for folder, variable in ((told.data, "the data of the schedule"), (told.textfile_dir, "the textfile collector")):
        if folder and not os.access(folder, os.W_OK | os.X_OK):
            yield f"{folder}: the user of the schedule cannot write to this folder of {variable}."
    if told.drop:
        yield from _dropped(told.drop)
    if told.push and not shutil.which(told.push[0], path=playbook.environ(told, os.environ).get("PATH")):
        yield f"{told.push[0]}: there is no such program on this machine, and results are to be pushed by it."
    if told.mail_to and not os.access(told.sendmail, os.X_OK):
        yield f"{told.sendmail}: there is no mail system on this machine that the notices could be given to."
    if told.webhook_ca and not os.access(told.webhook_ca, os.R_OK):
        yield f"{told.webhook_ca}: these certificates cannot be read."
    try:
        settings.webhook(told)
    except TrailError as exc:
        yield str(exc)


def _names(told: Settings) -> Iterator[str]:
    """What the playbook of the runs would refuse of the names of their variables.

    Their values it reads together with those of the inventory and of the site.
    """
    try:
        variables.check(told.variables)
    except TrailError as exc:
        yield f"the playbook would refuse the variables of the runs: {exc}"


def _dropped(drop: str) -> Iterator[str]:
    """What of the hosts' folders cannot be read: their users write there, and another one reads."""
    if not os.access(drop, os.R_OK | os.X_OK):
        yield f"{drop}: the user of the schedule cannot read this drop folder."
        return
    for host in sorted(os.listdir(drop)):
        place = os.path.join(drop, host)
        if host.startswith(".") or not os.path.isdir(place):
            continue
        inner, file = os.path.join(place, results.HOST_DIR), results.host_file(place, host)
        for path, wanted in ((place, os.R_OK | os.X_OK), (inner, os.R_OK | os.X_OK), (file, os.R_OK)):
            # Where a folder cannot be looked into nothing in it is found either, and the folder is told.
            if os.path.lexists(path) and not os.access(path, wanted):
                yield f"{path}: the user of the schedule cannot read what the host has dropped here."


def _options(told: Settings) -> argparse.Namespace:
    """Of the options of ansible-playbook, those that choose how a host is reached."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-c", "--connection")
    parser.add_argument("-e", "--extra-vars", action="append", default=[])
    known, _others = parser.parse_known_args(list(told.arguments))
    return known


def _inventory(told: Settings) -> Iterator[str]:
    inventory = [part for one in told.inventory for part in ("-i", one)]
    # What decrypts a vault is among the arguments; other options are not ansible-inventory's.
    vault = [one for one in told.arguments if one.startswith("--vault-")]
    given = [json.dumps({_CONNECTION: told.variables[_CONNECTION]})] if _CONNECTION in told.variables else []
    more = [part for one in [*given, *_options(told).extra_vars] for part in ("-e", one)]
    try:
        text = _asked(told, ["ansible-inventory", "--list", *inventory, *vault, *more])
        listed = json.loads(text)
    except (TrailError, ValueError) as exc:
        yield f"the inventory could not be read: {exc}"
        return
    yield from _judged_here(told, listed)


def _asked(told: Settings, command: list[str]) -> str:
    """What a program of the environment says.

    Raises:
        TrailError: it cannot be started, fails, or takes too long.
    """
    command = [os.path.join(told.bin, command[0]), *command[1:]]
    try:
        done = subprocess.run(
            command,
            cwd=told.data,
            env=playbook.environ(told, os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as exc:
        raise TrailError(str(exc), file=command[0]) from exc
    if done.returncode:
        raise TrailError(done.stderr.strip(), file=command[0])
    return done.stdout


def _by_default(told: Settings) -> str:
    """How a host is reached of which the inventory says nothing: by an option, the environment or a configuration file.

    Raises:
        TrailError: ansible-config does not tell.
    """
    found = _TRANSPORT.search(_asked(told, ["ansible-config", "dump", "--only-changed", "-t", "base"]))
    return str(_options(told).connection or (found.group(1) if found else ""))


def _judged_here(told: Settings, listed: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the hosts of an inventory, as ``ansible-inventory --list`` tells them."""
    variables = (listed.get("_meta") or {}).get("hostvars") or {}
    hosts = set(variables)
    for group in listed.values():
        hosts.update(group.get("hosts") or () if isinstance(group, dict) else ())
    if not hosts:
        yield f"the inventory ({', '.join(told.inventory)}) holds no host."
    if not told.hardened:
        return
    try:
        default = _by_default(told)
    except TrailError as exc:
        yield f"how hosts are reached could not be asked: {exc}"
        return
    local = sorted(host for host in hosts if ((variables.get(host) or {}).get(_CONNECTION) or default) in _LOCAL)
    if local:
        # A unit with a file system of its own would have its own mounts judged, not the machine's.
        yield (
            f"{', '.join(local[:3])} would be judged within the unit, which sees other mounts than the machine. "
            "Reach it by ssh, or set audit_compliance_schedule_hardening: false."
        )
