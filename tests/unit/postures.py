# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A posture made of lines, for tests that judge."""

from ansible_collections.auditops.trail.plugins.module_utils.posture import codec, evidence
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import POSTURE_VERSION
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate


def entry(kind, number, target=""):
    """One lstat as PathState saves it."""
    missing = kind == "missing"
    return {"type": kind, "device": "" if missing else "8:1", "inode": number, "links": 1, "target": target}


def path_state(files=(), folders=(), missing=(), links=()):
    """A saved path state with one filesystem; parents are directories. ``links`` are (path, target)."""
    objects = {}
    for path in list(files) + list(folders) + list(missing) + [link for link, _target in links]:
        parts = path.strip("/").split("/")
        for end in range(1, len(parts)):
            objects.setdefault("/" + "/".join(parts[:end]), "dir")
    objects.update(dict.fromkeys(files, "file"))
    objects.update(dict.fromkeys(folders, "dir"))
    objects.update(dict.fromkeys(missing, "missing"))
    saved = {path: entry(kind, number) for number, (path, kind) in enumerate(sorted(objects.items()), 100)}
    for number, (path, target) in enumerate(links, 9000):
        saved[path] = entry("symlink", number, target)
    mount = {"point": "/", "device": "8:1", "root": "/", "fstype": "ext4", "since_rules": "before"}
    return {"objects": saved, "mounts": [mount]}


def posture(loaded, on_disk=(), paths=None, version=(3, 0, 9), status=None, **parts):
    """A posture whose kernel holds the rules of the lines ``loaded``, with ``on_disk`` as the rules file."""
    paths = paths if paths is not None else path_state()
    dialect = Dialect(tuple(version), users=(), groups=())
    state = PathState.from_dict(paths)
    rules = simulate(from_texts(loaded, "the kernel"), dialect, state).loaded
    files = simulate(from_texts(on_disk, "/etc/audit/rules.d/10.rules"), dialect, state)
    made = {
        "posture_version": POSTURE_VERSION,
        "collected": "2026-11-22T09:30:00Z",
        "errors": {},
        "host": {
            "nodename": "web1",
            "kernel": "6.1.0-37-amd64",
            "machine": "x86_64",
            "auditctl_version": list(version),
            "awk": "mawk",
            "uid_min": 1000,
            "user_arches": ["b64", "b32"],
            "io_uring_disabled": True,
        },
        "status": dict({"enabled": 1, "failure": 1, "pid": 512, "lost": 0, "backlog_limit": 8192}, **(status or {})),
        "rules": {"source": "netlink", "loaded": codec.rules_to_plain(list(rules))},
        "disk": dict(codec.load_to_plain(files), loader="augenrules", folder="/etc/audit"),
        "paths": paths,
    }
    made.update(parts)
    return made


def host(paths=None, version=(3, 0, 9), **facts):
    """Dialect and solver's host of such a posture."""
    made = posture([], paths=paths, version=version)
    made["host"].update(facts)
    return evidence.dialect(made)._replace(users=(), groups=()), evidence.host(made)
