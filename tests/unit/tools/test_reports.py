# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make compliance` succeeds where an assessment was made, and no older report stands for one that was not."""

import os
import subprocess
import sys

import pytest

from ansible_collections.auditops.trail.plugins.plugin_utils import moments, occupied, stale

NOBODY = "\nplaybook: x\n\n  play #1 (all): Judge\tTAGS: []\n    pattern: ['all']\n    hosts (0):\n"
SOMEBODY = NOBODY.replace("hosts (0):", "hosts (12):\n      web1")


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "audit-compliance").mkdir()
    (tmp_path / "audit-compliance" / "compliance.json").write_text("older", encoding="utf-8")
    return tmp_path


@pytest.fixture
def end(tool, checkout):
    """A function that ends a run: what it writes, its exit code, the user's arguments, the answer to --list-hosts."""
    reports = tool("reports")

    def run(written, code, *arguments, listed=NOBODY):
        before = reports.stamp(checkout)
        if written:
            path = checkout / "audit-compliance" / "new"
            path.write_text("newer", encoding="utf-8")
            os.replace(str(path), str(checkout / "audit-compliance" / "compliance.json"))
        return reports.verdict(checkout, before, code, list(arguments), lambda: listed)

    return run


def left(checkout):
    return sorted(str(path.relative_to(checkout / "audit-compliance")) for path in checkout.rglob("*.json"))


@pytest.mark.parametrize("code", [0, 2])
def test_a_run_with_a_report_ends_as_it_ended(end, checkout, code):
    assert end(True, code) == code
    assert left(checkout) == ["compliance.json"]


def test_a_run_without_hosts_is_no_success(end, checkout, capfd):
    assert end(False, 0, "--limit", "web1") == 1
    assert left(checkout) == ["earlier/compliance.json"]
    assert "no host was assessed" in capfd.readouterr().err
    assert end(False, 0) == 1


def test_a_run_that_broke_off_leaves_no_older_report(end, checkout, capfd):
    assert end(False, 4) == 4
    assert left(checkout) == ["earlier/compliance.json"]
    assert "audit-compliance/earlier/compliance.json" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [(["-e", "audit_compliance_result_dir=/x"], NOBODY), (["--list-tasks"], NOBODY), ([], SOMEBODY)],
    ids=["folder", "asks", "inventory"],
)
def test_where_no_report_is_due_nothing_is_said_or_moved(end, checkout, capfd, arguments, listed):
    assert end(False, 0, *arguments, listed=listed) == 0
    assert left(checkout) == ["compliance.json"]
    assert capfd.readouterr().err == ""


def test_the_report_of_a_run_that_still_goes_on_is_left_alone(end, checkout, capfd):
    folder = str(checkout / "audit-compliance")
    occupied.take(folder, "another run's", os.getpid(), moments.now())
    assert end(False, 2) == 2
    assert left(checkout) == ["compliance.json"]
    assert capfd.readouterr().err == ""
    occupied.release(folder, "another run's")
    assert end(False, 2) == 2
    assert left(checkout) == ["earlier/compliance.json"]


def test_whether_another_run_has_the_folder_is_known_without_a_library(collections_path):
    code = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(('yaml', 'ansible', 'jmespath')))\n"
        f"sys.path.insert(0, {str(collections_path)!r})\n"
        "from ansible_collections.auditops.trail.plugins.plugin_utils import moments, occupied\n"
        "print(occupied.is_taken('.', moments.now()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_no_page_of_an_earlier_run_is_left_either(tool, end, checkout):
    assert tuple(stale.REPORTS.values()) == tool("reports").BESIDE
    for name in stale.REPORTS.values():
        (checkout / "audit-compliance" / name).write_text("older", encoding="utf-8")
    assert end(False, 4) == 4
    assert sorted(os.listdir(checkout / "audit-compliance")) == ["earlier"]
