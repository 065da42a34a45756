# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a schedule can make a run: asked when it is set up, so that nobody learns it in the night."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import playbook, settings
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.settings import Settings

_LIMIT = 120
_LOCAL = ("local", "ansible.builtin.local")


def faults(told: Settings) -> list[str]:
    """What would keep a run from its work; empty where nothing would.

    Args:
        told: The settings of the schedule.
    """
    return [*_files(told), *_inventory(told)]


def _files(told: Settings) -> Iterator[str]:
    for folder, variable in ((told.data, "the data of the schedule"), (told.textfile_dir, "the textfile collector")):
        if folder and not os.access(folder, os.W_OK | os.X_OK):
            yield f"{folder}: the user of the schedule cannot write to this folder of {variable}."
    if told.drop and not os.access(told.drop, os.R_OK | os.X_OK):
        yield f"{told.drop}: the user of the schedule cannot read this drop folder."
    if told.mail_to and not os.access(told.sendmail, os.X_OK):
        yield f"{told.sendmail}: there is no mail system on this machine that the notices could be given to."
    if told.webhook_ca and not os.access(told.webhook_ca, os.R_OK):
        yield f"{told.webhook_ca}: these certificates cannot be read."
    try:
        settings.webhook(told)
    except TrailError as exc:
        yield str(exc)


def _inventory(told: Settings) -> Iterator[str]:
    inventory = [part for one in told.inventory for part in ("-i", one)]
    # What decrypts a vault is among the arguments; other options are not ansible-inventory's.
    vault = [one for one in told.arguments if one.startswith("--vault-")]
    command = [os.path.join(told.bin, "ansible-inventory"), "--list", *inventory, *vault]
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
        listed = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired) as exc:
        yield f"{command[0]}: the inventory could not be read: {exc}"
        return
    if listed is None:
        yield f"the inventory could not be read: {done.stderr.strip()}"
        return
    yield from _judged_here(told, listed)


def _judged_here(told: Settings, listed: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the hosts of an inventory, as ``ansible-inventory --list`` tells them."""
    variables = (listed.get("_meta") or {}).get("hostvars") or {}
    hosts = set(variables)
    for group in listed.values():
        hosts.update(group.get("hosts") or () if isinstance(group, dict) else ())
    if not hosts:
        yield f"the inventory ({', '.join(told.inventory)}) holds no host."
    local = sorted(host for host in hosts if (variables.get(host) or {}).get("ansible_connection") in _LOCAL)
    if told.hardened and local:
        # A unit with a file system of its own would have its own mounts judged, not the machine's.
        yield (
            f"{', '.join(local[:3])} would be judged within the unit, which sees other mounts than the machine. "
            "Reach it by ssh, or set audit_compliance_schedule_hardening: false."
        )
