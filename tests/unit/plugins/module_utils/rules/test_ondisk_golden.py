# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The merged lines against real augenrules scripts' (golden/augenrules.json, by tests/tools/record_augenrules.py)."""

import json
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import pieces
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import read_rules_dir

GOLDEN = os.path.join(os.path.dirname(__file__), "golden", "augenrules.json")


def _cases():
    with open(GOLDEN, encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        for release in sorted(case["merged"]):
            yield pytest.param(
                case["files"], release, case["merged"][release], id="{0}-{1}".format(case["name"], release)
            )


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


@pytest.mark.parametrize("files, release, expected", list(_cases()))
def test_merges_as_augenrules_does(tmp_path, files, release, expected):
    version, _slash, awk = release.partition("/")
    make_folder(tmp_path, files)
    merged = read_rules_dir(str(tmp_path), awk, tuple(int(part) for part in version.split(".")))
    seen_by_auditctl = [piece for line in expected for piece in pieces(line.encode("latin-1"))]
    assert [line.origin.text for line in merged.lines] == seen_by_auditctl


def test_every_line_names_a_line_of_a_file(tmp_path):
    with open(GOLDEN, encoding="utf-8") as file:
        cases = json.load(file)
    for number, case in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        make_folder(folder, case["files"])
        for line in read_rules_dir(str(folder), "gawk", (4, 2, 1)).lines:
            for origin in line.parts or (line.origin,):
                with open(origin.file, "rb") as source:
                    text = source.read().split(b"\n")[origin.line - 1]
                assert origin.text
                assert origin.text.encode("utf-8", "surrogateescape") in text
    assert cases


def test_a_name_that_the_shell_would_expand_is_refused_before_4_2(tmp_path):
    (tmp_path / "[ab].rules").write_text("-D\n")
    with pytest.raises(EvidenceError, match="rename the file"):
        read_rules_dir(str(tmp_path), "gawk", (4, 1, 4))
    assert len(read_rules_dir(str(tmp_path), "gawk", (4, 2)).lines) == 1
