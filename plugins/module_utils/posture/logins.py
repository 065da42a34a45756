# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can log in, whether their sessions carry an identity of their own, and who can read the log."""

from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    logins_accounts,
    logins_containers,
    logins_keys,
    logins_pam,
    logins_readers,
    logins_sshd,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]


def collect(context: Context, posture: Plain) -> Plain:
    """``accounts, homes, key_directories, key_sources, sshd, pam, root, readers, container_runtimes,
    secrets_typed, not_seen``; each told where it is collected."""
    seen = Seen(context)
    accounts = logins_accounts.read(seen)
    pam = logins_pam.collect(seen)
    sshd = logins_sshd.collect(seen, accounts.users)
    return {
        "accounts": logins_accounts.told(accounts, seen),
        "homes": logins_accounts.homes(accounts, seen),
        "key_directories": logins_keys.directories(seen, sshd, accounts.users),
        "key_sources": logins_keys.sources(seen, sshd, accounts.users),
        "sshd": sshd,
        "pam": pam,
        "root": {"password_locked": logins_accounts.root_is_locked(seen)},
        "readers": logins_readers.collect(posture, seen, accounts),
        "container_runtimes": logins_containers.collect(seen),
        "secrets_typed": logins_pam.typed_secrets(pam["tty_audit"]),
        "not_seen": seen.not_seen,
    }
