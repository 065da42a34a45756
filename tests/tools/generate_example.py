# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/examples/gaps.json, the posture of a host that does not exist.

    .cache/environments/compliance-*/bin/python tests/tools/generate_example.py

Its files are written into a temporary folder and read by the real collectors; what they do not tell stands in
example_host.py. Nothing is taken from this machine. A test compares what is committed.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator
from typing import Any
from unittest import mock

from layout import ROOT, collections_path

FILE = "docs/examples/gaps.json"
_FOLDER = "/etc/audit"
_MOUNTS = (
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "23 22 8:2 / /var/log rw,nosuid,nodev,noexec - ext4 /dev/sda2 rw\n"
)
_GROUPS = {"root": 0, "adm": 4}

Plain = dict[str, Any]


def rules_files(host: Any, lines: dict[str, list[str]], keys: dict[str, str], paths: Plain) -> dict[str, str]:
    """By file of rules.d its text: the host's own lines, and those of controls whose paths are there, each once.

    Args:
        host: example_host.
        lines: By control, as postures_whole.lines_of gives them.
        keys: The key of each control.
        paths: The state of the paths.
    """
    written: set[str] = set(host.FORGOTTEN)
    found = {}
    for name, own, controls in host.RULES:
        text = own
        for control in controls:
            for line in lines[control]:
                path = line.split()[1] if line.startswith("-w ") else None
                if line not in written and (path is None or paths["objects"][path]["type"] != "missing"):
                    written.add(line)
                    text += f"{line} -k {keys[control]}\n"
        found[name] = text
    return found


def path_state(host: Any, lines: dict[str, list[str]]) -> Plain:
    """The state of every path that the controls name and that the host's files do."""
    from ansible_collections.auditops.trail.tests.unit import postures, postures_whole

    objects = postures_whole.path_state(lines)["objects"]
    gone = {path for path in objects if any(path == one or path.startswith(one + "/") for one in host.MISSING)}
    gone |= {path for path, entry in objects.items() if entry["type"] == "missing"}
    here = {path: entry["type"] for path, entry in objects.items() if path not in gone}
    folders = [path for path, kind in here.items() if kind == "dir"]
    return postures.path_state(
        files=sorted(set(here) - set(folders)), folders=sorted({*folders, "/srv/www"}), missing=sorted(gone)
    )


@contextlib.contextmanager
def _as_that_host(paths: Any) -> Iterator[None]:
    """Collectors see the example's paths and groups, and all files as root's."""
    from ansible_collections.auditops.trail.plugins.module_utils.config import surroundings
    from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState

    real = os.stat

    def stat(path: Any, *arguments: Any, **named: Any) -> os.stat_result:
        told = tuple(real(path, *arguments, **named))
        return os.stat_result((*told[:4], 0, 0, *told[6:10]))

    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch.object(PathState, "of_host", lambda: paths))
        patches.enter_context(mock.patch.object(surroundings, "gid", _GROUPS.get))
        patches.enter_context(mock.patch.object(os, "stat", stat))
        yield


def _write(root: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        place = pathlib.Path(root + path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        place.chmod(0o755 if path.startswith("/usr/sbin") else 0o640)


def _collected(host: Any, rules: dict[str, str], kernel: list[str], paths: Plain, root: str) -> Plain:
    """The parts that files in /etc/audit tell of, by the collectors, and the kernel's rules."""
    from ansible_collections.auditops.trail.plugins.module_utils.posture import (
        alerts,
        codec,
        configuration,
        disk_rules,
        drift,
        shipping,
    )
    from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
    from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
    from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
    from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
    from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

    merged = "".join(text for _name, text in sorted(rules.items()))
    files = {f"{_FOLDER}/rules.d/{name}": text for name, text in rules.items()}
    files.update({f"{_FOLDER}/plugins.d/{name}": text for name, text in host.PLUGINS.items()})
    files[f"{_FOLDER}/audit.rules"] = "## This file is automatically generated from /etc/audit/rules.d\n" + merged
    files.update({f"{_FOLDER}/auditd.conf": host.AUDITD, f"{_FOLDER}/audisp-remote.conf": host.REMOTE})
    files.update({"/etc/passwd": "root:x:0:0::/root:/bin/sh\n", "/proc/self/mountinfo": _MOUNTS})
    files.update({"/proc/1/comm": "systemd\n", "/proc/613/comm": "audisp-remote\n"})
    files.update({"/usr/sbin/audisp-remote": "", "/usr/sbin/audisp-syslog": ""})
    _write(root, files)
    os.makedirs(root + "/var/log/audit")
    os.symlink("usr/sbin", root + "/sbin")
    state = PathState.from_dict(paths)
    posture: Plain = {"errors": {}, "host": dict(host.HOST), "status": dict(host.STATUS), "paths": paths}
    load = simulate(from_texts(kernel, "the kernel"), Dialect(host.VERSION, users=(), groups=()), state)
    assert not load.rejected, load.rejected
    posture["rules"] = {"source": "netlink", "loaded": codec.rules_to_plain(list(load.loaded))}

    def run(_arguments: Any) -> tuple[int, str]:
        return 1, ""

    inside = Context(root=root, run=run, configuration=_FOLDER)
    with _as_that_host(state):
        # These two take the folder as it stands.
        beside = inside._replace(loader="augenrules", configuration=root + _FOLDER)
        posture["disk"] = disk_rules.collect(beside, posture)
        posture["drift"] = drift.collect(beside, posture)
        posture["config"] = configuration.collect(inside, posture)
        posture["shipping"] = shipping.collect(inside, posture)
        posture["alerts"] = alerts.collect(inside, posture)
    posture["shipping"].update(
        queue={"file": "/var/spool/audit/remote.log", "depth": 2048, "length": 0, "entry_size": 12288},
        queue_fill=0.0,
    )
    told: Plain = json.loads(json.dumps(posture).replace(root, ""))
    return told


def generate() -> str:
    """The text of docs/examples/gaps.json."""
    import example_host as host

    from ansible_collections.auditops.trail.plugins.module_utils.posture import forms
    from ansible_collections.auditops.trail.plugins.module_utils.posture.context import POSTURE_VERSION
    from ansible_collections.auditops.trail.plugins.module_utils.version import VERSION
    from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader
    from ansible_collections.auditops.trail.tests.unit import postures_whole

    catalogue = catalogue_loader.load()
    selection = catalogue.select(list(catalogue.profiles))
    lines = postures_whole.lines_of(selection, host.PARTS)
    paths = path_state(host, lines)
    rules = rules_files(host, lines, {one.id: one.key for one in selection.controls if one.key}, paths)
    on_disk = [line for _name, text in sorted(rules.items()) for line in text.splitlines()]
    stop = on_disk.index(rules["60-attributes.rules"].splitlines()[0])
    loaded = [line for line in on_disk[:stop] if not line.startswith(("#", "-D", "-f"))]
    kernel = [line for line in loaded if line.partition(" -k ")[0] not in host.TAKEN_OUT]
    with tempfile.TemporaryDirectory(prefix="auditops-example-") as root:
        posture = _collected(host, rules, [*kernel, *host.BY_HAND], paths, root)
    posture.update(copy.deepcopy(host.PARTS))
    posture.update(
        posture_version=POSTURE_VERSION,
        tool={"name": "auditops.trail", "version": VERSION},
        collected=host.NOW,
        privilege={"euid": 0, "user": "root"},
    )
    forms.check(posture)
    return json.dumps(posture, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the file."""
    sys.path.insert(0, str(collections_path()))
    sys.path.insert(0, str(ROOT / "tests" / "tools"))
    (ROOT / FILE).write_text(generate(), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
