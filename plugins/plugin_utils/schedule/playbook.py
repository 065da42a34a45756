# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command of a run, and its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence

from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.settings import Settings

CHECKOUT = "checkout"
VARIABLES = "variables.json"


def variables(settings: Settings, folder: str, merge: Sequence[str]) -> str:
    """The variables of a run, as JSON: the site's, and where its results go.

    Args:
        settings: Of the schedule.
        folder: Of the run.
        merge: Folders with the results of other machines.
    """
    given = dict(
        settings.variables,
        audit_compliance_result_dir=folder,
        audit_compliance_history_dir=settings.history,
        audit_compliance_merge=list(merge),
    )
    if settings.keep_evidence:
        given["audit_compliance_evidence_dir"] = settings.evidence
    return json.dumps(given, indent=1, sort_keys=True) + "\n"


def command(settings: Settings, file: str) -> list[str]:
    """ansible-playbook, or ansible-pull where the playbook lies in a repository.

    Args:
        settings: Of the schedule.
        file: With the variables.
    """
    inventory = [part for one in settings.inventory for part in ("-i", one)]
    more = ["-e", f"@{file}", *settings.arguments]
    if not settings.pull_url:
        become = ["--become"] if settings.become else []
        return [os.path.join(settings.bin, "ansible-playbook"), settings.playbook, *inventory, *become, *more]
    branch = ["-C", settings.pull_branch] if settings.pull_branch else []
    # Without --limit ansible-pull takes only the names that the machine gives itself, which the inventory need not. It
    # knows no --become: the inventory of such a host says so.
    limit = ["--limit", settings.host]
    where = ["-U", settings.pull_url, *branch, "-d", os.path.join(settings.data, CHECKOUT), "--clean"]
    return [os.path.join(settings.bin, "ansible-pull"), *where, *inventory, *limit, *more, settings.playbook]


def environ(settings: Settings, base: Mapping[str, str]) -> dict[str, str]:
    """The environment of a run: its own, and what the site gives.

    Args:
        settings: Of the schedule.
        base: The runner's own.
    """
    kept = {name: value for name, value in base.items() if name in _KEPT or name.lower().endswith("_proxy")}
    path = os.pathsep.join([settings.bin, base.get("PATH", os.defpath)])
    return {
        **kept,
        "PATH": path,
        "HOME": kept.get("HOME", settings.data),
        "LC_ALL": "C.UTF-8",  # Ansible starts in no other than UTF-8, and a timer has none
        "ANSIBLE_COLLECTIONS_PATH": settings.collections,
        "ANSIBLE_HOME": os.path.join(settings.data, "ansible"),
        # Else a source that cannot be read is a warning, and its hosts are in no report, or told as having left.
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "ANSIBLE_NOCOLOR": "true",
        "PYTHONUNBUFFERED": "1",
        **settings.environment,
    }


def push(settings: Settings, folder: str, run: str) -> list[str]:
    """The command that brings the results of a run to the control node.

    Args:
        settings: Of the schedule; ``push`` has {folder}, {host} and {run} in it.
        folder: Of the run.
        run: Its name.
    """
    values = {"{folder}": folder, "{host}": settings.host, "{run}": run}
    found = list(settings.push)
    for name, value in values.items():
        found = [part.replace(name, value) for part in found]
    return found


_KEPT = ("HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR")
