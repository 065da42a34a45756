# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""audit_coverage_info from its arguments to what it prints, in a process of its own as on a target."""

import json
import os

import pytest

pytest.importorskip("ansible.module_utils.basic", reason="the module's own frame comes with ansible-core")

MODULE = "ansible_collections.auditops.trail.plugins.modules.audit_coverage_info"
PASSWD = "-w /etc/passwd -p wa"


@pytest.mark.parametrize("check", [False, True])
def test_it_answers_and_changes_nothing(run, check):
    result = run(requirements=[PASSWD], rules=[PASSWD], paths={}, _ansible_check_mode=check)
    assert result["changed"] is False
    assert [entry["outcome"] for entry in result["coverage"]] == ["covered"]
    assert result["load"]["loaded"] == [{"rule": PASSWD, "file": "rules", "line": 1}]


def test_an_error_has_file_line_and_remedy(run):
    result = run(requirements=[PASSWD], rules=[PASSWD, "-w etc"], paths={})
    assert result["failed"] is True
    assert (result["file"], result["line"]) == ("rules", 2)
    assert result["remedy"] in result["msg"] and "rules:2" in result["msg"]


def test_rules_and_a_folder_exclude_each_other(run):
    assert "mutually exclusive" in run(requirements=[PASSWD], rules=[], rules_dir="/etc/audit/rules.d")["msg"]


def test_requirements_are_demanded(run):
    assert "requirements" in run(rules=[])["msg"]


def test_bytes_that_are_not_text_come_back_readable(run):
    result = run(requirements=["-w /srv/\udce9 -p wa"], rules=["-w /srv/\udce9 -p wa"], paths={})
    assert result["coverage"][0]["requirement"] == "-w /srv/\\xe9 -p wa"


def test_a_version_that_is_not_known_is_a_warning(run):
    result = run(requirements=[PASSWD], rules=[PASSWD], paths={}, auditd_version="9.9")
    # Since ansible-core 2.19 a warning is more than its text.
    assert [told for told in map(json.dumps, result["warnings"]) if "9.9" in told and "4.2.1" in told]


def test_a_negative_uid_min_is_refused_with_a_remedy(run):
    result = run(requirements=[PASSWD], rules=[PASSWD], paths={}, uid_min=-3)
    assert result["failed"] is True
    assert "uid_min -3" in result["msg"] and result["remedy"]


def test_the_documented_answer_is_one_that_it_gives(run, repository):
    yaml = pytest.importorskip("yaml", reason="reads the documentation")
    path = os.path.join(repository, "plugins", "modules", "audit_coverage_info.py")
    with open(path, encoding="utf-8") as file:
        documented = yaml.safe_load(file.read().partition('RETURN = r"""')[2].partition('"""')[0])
    told = documented["coverage"]["contains"]
    (blamed,) = told["defeated_by"]["sample"]
    result = run(
        requirements=["-w /etc/shadow -p wa"],
        rules=[blamed["rule"], "-w /etc/shadow -p wa"],
        paths={},
        arch="x86_64",
        user_arches=["b64"],
    )
    (entry,) = result["coverage"]
    assert told["outcome"]["sample"] == entry["outcome"]
    assert [blamed["rule"], blamed["why"]] == [entry["defeated_by"][0][name] for name in ("rule", "why")]
    example = told["counterexample"]["sample"]
    place = "{file}:{line}".format(**blamed)
    assert dict(example, because=example["because"].replace(place, "rules:1")) == entry["counterexample"]
    assert set(told["limits"]["sample"]) <= set(entry["limits"])
