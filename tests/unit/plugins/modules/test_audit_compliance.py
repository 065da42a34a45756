# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module wires: a plan goes in, a posture and a judgement come out, as JSON on standard output."""

import json
import os

import pytest

pytest.importorskip("ansible.module_utils.basic", reason="the module needs Ansible's module_utils")

from ansible_collections.auditops.trail.plugins.module_utils import packing  # noqa: E402

MODULE = "ansible_collections.auditops.trail.plugins.modules.audit_compliance"


def test_it_gives_a_posture_and_a_judgement(run):
    control = {"id": "one", "record": ["-w /etc/passwd -p wa"], "missing_path": "skip", "key": None}
    answer = run(plan={"controls": [control], "loader": "auto", "leave_out": ["privileged", "trail"]}, result_dir="out")
    assert answer["changed"] is False
    assert packing.unpack(answer["packed"])["posture"]["posture_version"] == 1
    assert packing.unpack(answer["packed"])["judged"]["one"]["verdict"] in ("pass", "fail", "error")


def test_a_path_that_is_not_utf_8_comes_back(run, tmp_path):
    os.symlink(os.fsencode(str(tmp_path)) + b"/odd\xff", str(tmp_path / "link"))
    control = {"id": "one", "record": ["-w {0} -p wa".format(tmp_path / "link")], "missing_path": "skip", "key": None}
    answer = run(plan={"controls": [control], "loader": "auto", "leave_out": ["privileged", "trail"]}, result_dir="out")
    assert not answer.get("failed"), answer
    assert "/odd\udcff" in json.dumps(
        packing.unpack(answer["packed"])["posture"]["paths"]["objects"], ensure_ascii=False
    )


def test_without_a_plan_it_says_who_starts_it(run):
    answer = run(result_dir="out")
    assert answer["failed"] is True
    assert "action plugin" in answer["msg"]
