# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people have to do on a host that a rollout could not put back as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import told as read
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.told import Told

RELEASE = (
    "remove zzz-auditops-no-load.conf from the folders of /run/systemd/system, then systemctl daemon-reload; a reboot "
    "does both"
)
_START = "start the daemon: systemctl start auditd (systemctl status auditd says why it does not run)"
_BACK = ("_auditd_config_back", "_auditd_plugins_back")
"""The tasks that put back what those of ``told.WRITTEN`` have written."""


def of_configuration(told: Told) -> str:
    """For a host that has its rules of before, and not its daemon: which files are to be put back, and by what."""
    left = list(_not_put_back(told))
    if not left:
        return f"The rules and the configuration are those of before: {_START}"
    return f"The rules are those of before: put back with the module auditd_config {', '.join(left)}; then {_START}"


def _not_put_back(told: Told) -> Iterator[str]:
    config, plugins = (read.of(told, name) for name in read.WRITTEN)
    if _is_written(config) and not _is_done(read.of(told, _BACK[0])):
        yield f"{{file: auditd, state: rolled_back, backup: {config['backup']}}}"
    done = {
        read.mapping(read.mapping(item).get("item")).get("backup")
        for item in read.of(told, _BACK[1]).get("results") or ()
        if _is_done(read.mapping(item))
    }
    for item in plugins.get("results") or ():
        written = read.mapping(item)
        if _is_written(written) and written["backup"] not in done:
            name = read.mapping(written.get("item")).get("key") or written.get("item")
            yield f"{{file: plugin, name: {name}, state: rolled_back, backup: {written['backup']}}}"


def _is_written(result: Mapping[str, Any]) -> bool:
    return bool(result.get("changed") and result.get("backup"))


def _is_done(result: Mapping[str, Any]) -> bool:
    return bool(result) and not any(result.get(name) for name in ("failed", "unreachable", "skipped"))
