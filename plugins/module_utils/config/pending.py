# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was written and auditd has not read yet, so that a run that was cut off is ended by the next one.

For each file that was changed the state folder keeps the content that auditd goes
by. It is kept before the file is written, and let go once somebody says that the
daemon was told. A daemon that was started since, or another boot, has read all.
"""

import base64
import contextlib
import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Version
from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.config.reload import restart_keys
from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import read_status

NAME = "config-pending"
"""Of the document in the state folder."""

NONE, RELOAD, RESTART = "none", "reload", "restart"

_UPTIME = "/proc/uptime"
_START = 22 - 3  # starttime is field 22 of /proc/PID/stat (proc(5)); the first two end with the last ")"


class Change(NamedTuple):
    """A file of a kind (auditd, audispd, remote, plugin), before and after; ``before`` is what auditd goes by."""

    file: str
    before: bytes
    after: bytes


class Need(NamedTuple):
    """What brings into force what was written: ``apply`` is none, reload or restart, ``keys`` those of a restart."""

    apply: str
    keys: List[str]


class Moments:
    """When things were on this host, in seconds since its boot; tests put others in its place."""

    def boot(self) -> Optional[str]:
        """What is another one after each boot, or None where it cannot be read."""
        return host.boot_id()

    def now(self) -> Optional[float]:
        """This moment."""
        text = _read(_UPTIME)
        return None if text is None else float(text.split()[0])

    def daemon(self) -> Optional[float]:
        """The start of the auditd that receives the kernel's records; None where none does, or it cannot be seen."""
        try:
            pid = read_status().pid
        except EvidenceError:
            return None
        if not pid or _read("/proc/{0}/comm".format(pid)) != "auditd":
            return None
        text = _read("/proc/{0}/stat".format(pid))
        if text is None:
            return None
        return int(text.rpartition(")")[2].split()[_START]) / float(os.sysconf("SC_CLK_TCK"))


def need(
    store: Store,
    version: Optional[Version],
    changing: Optional[Mapping[str, Change]] = None,
    moments: Optional[Moments] = None,
) -> Need:
    """What the daemon still has to be told, for all files that were changed here.

    Args:
        store: The state folder.
        version: The audit release, or None for the newest.
        changing: By path, what is about to be written, or would be outside of check mode.
        moments: When things were.

    Raises:
        EvidenceError: what was kept cannot be read.
    """
    changes = dict(changing or {})
    for path, entry in _waiting(store, moments or Moments()).items():
        after = changes[path].after if path in changes else files.look(path).data or b""
        changes[path] = Change(entry["file"], base64.b64decode(entry["data"]), after)
    changed = [change for change in changes.values() if change.before != change.after]
    keys: List[str] = []
    for file, before, after in changed:
        found = restart_keys(file, read(file, before, version), read(file, after, version), version)
        keys.extend(name for name in found if name not in keys)
    return Need(RESTART if keys else RELOAD if changed else NONE, keys)


def begin(store: Store, path: str, file: str, data: Optional[bytes], moments: Optional[Moments] = None) -> None:
    """Keep what the daemon goes by, before a file is written; what is kept of it already is older, and stays.

    Raises:
        TrailError: It cannot be kept.
    """
    moments = moments or Moments()
    waiting = _waiting(store, moments)
    if path not in waiting:
        text = base64.b64encode(data or b"").decode("ascii")
        waiting[path] = {"file": file, "data": text, "boot": moments.boot()}
    waiting[path]["at"] = None
    store.save(NAME, waiting)


def written(store: Store, path: str, moments: Optional[Moments] = None) -> None:
    """The file is there: a daemon that is started from now on reads it.

    Where that cannot be noted, as on a full disk, no daemon's start counts, and the file is to be read by it once more:
    what was written is written all the same.
    """
    with contextlib.suppress(TrailError):
        waiting: Dict[str, Dict[str, Any]] = store.load(NAME) or {}
        if path in waiting:
            waiting[path]["at"] = (moments or Moments()).now()
            store.save(NAME, waiting)


def settle(store: Store) -> None:
    """The daemon was told of all."""
    with store.lock():
        store.drop(NAME)


def _waiting(store: Store, moments: Moments) -> Dict[str, Dict[str, Any]]:
    """The files that the daemon has not read since they were written, as far as that can be seen."""
    entries: Dict[str, Dict[str, Any]] = store.load(NAME) or {}
    if not entries:
        return {}
    boot, started = moments.boot(), moments.daemon()
    return {path: entry for path, entry in entries.items() if not _was_read(entry, boot, started)}


def _was_read(entry: Mapping[str, Any], boot: Optional[str], started: Optional[float]) -> bool:
    if boot is not None and entry["boot"] is not None and entry["boot"] != boot:
        return True
    return started is not None and entry["at"] is not None and started > entry["at"]


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read().strip()
    except OSError:
        return None
