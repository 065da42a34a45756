# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real augenrules scripts made of folders (golden/augenrules.json, by tests/tools/record_augenrules.py)."""

import json
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import read_rules_dir

_GOLDEN = os.path.join(os.path.dirname(__file__), "golden", "augenrules.json")


def recorded():
    """The cases: ``name``, ``files``, and by release what came of them."""
    with open(_GOLDEN, encoding="utf-8") as file:
        return json.load(file)


def parameters(what):
    """For a test: files, release, and what was recorded of it (merged, sha256)."""
    return [
        pytest.param(case["files"], release, case[what][release], id="{0}-{1}".format(case["name"], release))
        for case in recorded()
        for release in sorted(case[what])
    ]


def make_folder(folder, files):
    """The files of a golden case, as they were when it was recorded."""
    for name, content in files.items():
        path = os.path.join(os.fsencode(str(folder)), name.encode("latin-1"))
        if isinstance(content, str):
            with open(path, "wb") as file:
                file.write(content.encode("latin-1"))
        elif "link" in content:
            os.symlink(content["link"], path)
        else:
            os.mkdir(path)


def merged(folder, release, changes=None):
    """The folder as this collection merges it for a release, VERSION/AWK."""
    version, _slash, awk = release.partition("/")
    return read_rules_dir(str(folder), awk, tuple(int(part) for part in version.split(".")), changes)
