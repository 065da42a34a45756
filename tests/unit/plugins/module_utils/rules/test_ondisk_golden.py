# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The merged lines against real augenrules scripts' (golden/augenrules.json, by tests/tools/record_augenrules.py)."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import pieces
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import read_rules_dir
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.rules import augenrules_cases


@pytest.mark.parametrize("files, release, expected", augenrules_cases.parameters("merged"))
def test_merges_as_augenrules_does(tmp_path, files, release, expected):
    augenrules_cases.make_folder(tmp_path, files)
    merged = augenrules_cases.merged(tmp_path, release)
    seen_by_auditctl = [piece for line in expected for piece in pieces(line.encode("latin-1"))]
    assert [line.origin.text for line in merged.lines] == seen_by_auditctl


def test_every_line_names_a_line_of_a_file(tmp_path):
    cases = augenrules_cases.recorded()
    for number, case in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        augenrules_cases.make_folder(folder, case["files"])
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
