# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of audit, by dpkg and by rpm."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms_system, packages
from ansible_collections.auditops.trail.tests.unit import roots

STATUS = """Package: auditd
Status: install ok installed
Version: 1:3.0.9-1
Description: daemon
 Package: audispd-plugins
 .

Package: audispd-plugins
Status: deinstall ok config-files
Version: 1:3.0.9-1

Package: libaudit1
Status: install ok installed
Architecture: amd64
Version: 1:3.0.9-1
"""
DEBIAN = {"id": "debian", "version_id": "12", "name": "Debian", "id_like": []}
ALMA = {"id": "almalinux", "version_id": "9", "name": "Alma", "id_like": ["rhel", "centos", "fedora"]}


def collect(root, system, answer=None):
    def run(arguments):
        assert answer is not None and arguments[1:3] == ["-q", "--qf"]
        told = dict(line.split("\t") for line in answer)
        lines = []
        for name in arguments[4:]:
            lines.append(name + "\t" + told[name] if name in told else "package {0} is not installed".format(name))
        return 3, "\n".join(lines) + "\n"

    found = packages.collect(roots.context(root, run), {"system": {"os": system}, "errors": {}})
    form.check(forms_system.PARTS["packages"], found, "packages", "")
    return found


def test_dpkg_tells_from_its_own_file(tmp_path):
    roots.make(tmp_path, {packages.DPKG_STATUS: STATUS, "/var/lib/rpm/x": ""})
    roots.program(tmp_path, "/usr/bin/rpm")
    found = collect(tmp_path, DEBIAN)
    assert found["manager"] == "dpkg"
    assert found["audit"] == {"name": "auditd", "version": "1:3.0.9-1"}
    assert [(package["name"], package["role"]) for package in found["installed"]] == [
        ("auditd", "audit"),
        ("libaudit1", "libs"),
    ]
    assert (found["audit_installed"], found["plugins_installed"]) == (True, False)


def test_rpm_is_asked_once(tmp_path):
    roots.make(tmp_path, {"/usr/lib/sysimage/rpm/rpmdb.sqlite": "", packages.DPKG_STATUS: ""})
    roots.program(tmp_path, "/usr/bin/rpm")
    found = collect(tmp_path, ALMA, ["audit\t3.1.2-2.el9", "audispd-plugins\t3.1.2-2.el9", "audit-libs\t3.1.2-2.el9"])
    assert found["manager"] == "rpm"
    assert found["audit"] == {"name": "audit", "version": "3.1.2-2.el9"}
    assert (found["audit_installed"], found["plugins_installed"]) == (True, True)


def test_a_host_without_audit_has_no_package_of_it(tmp_path):
    roots.make(tmp_path, {packages.DPKG_STATUS: "Package: bash\nStatus: install ok installed\nVersion: 5\n"})
    found = collect(tmp_path, DEBIAN)
    assert (found["audit"], found["audit_installed"], found["installed"]) == (None, False, [])


@pytest.mark.parametrize(
    "system",
    [
        {"id": "arch", "version_id": None, "name": "Arch", "id_like": []},
        {"id": "manjaro", "version_id": None, "name": "Manjaro", "id_like": ["arch"]},
        {"id": "alpine", "version_id": "3.20", "name": "Alpine", "id_like": []},
    ],
)
def test_a_dpkg_that_somebody_installed_tells_nothing_of_a_host_of_another_manager(tmp_path, system):
    roots.make(tmp_path, {packages.DPKG_STATUS: "", "/var/lib/rpm/x": ""})
    roots.program(tmp_path, "/usr/bin/rpm")
    found = collect(tmp_path, system)
    assert (found["manager"], found["installed"], found["audit_installed"]) == (None, None, None)
    assert found["not_seen"]


def test_a_system_that_is_not_known_is_told_by_the_database_that_is_here(tmp_path):
    roots.make(tmp_path, {packages.DPKG_STATUS: STATUS})
    found = collect(tmp_path, {"id": "newone", "version_id": "1", "name": "New", "id_like": []})
    assert (found["manager"], found["audit_installed"]) == ("dpkg", True)


def test_a_pipe_in_the_place_of_dpkgs_file_is_not_waited_for(tmp_path):
    roots.make(tmp_path, folders=["/var/lib/dpkg"])
    os.mkfifo(str(tmp_path) + packages.DPKG_STATUS)
    found = collect(tmp_path, DEBIAN)
    assert (found["manager"], found["installed"], found["audit_installed"]) == ("dpkg", None, None)
    assert found["not_seen"] == [packages.DPKG_STATUS + ": not a file"]


def test_a_file_of_dpkg_that_is_cut_tells_of_no_package(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "MOST_BYTES", len(STATUS) - 1)
    roots.make(tmp_path, {packages.DPKG_STATUS: STATUS})
    assert collect(tmp_path, DEBIAN)["installed"] is None


def test_without_a_package_manager_nothing_is_claimed(tmp_path):
    found = collect(tmp_path, None)
    assert (found["manager"], found["installed"], found["audit_installed"]) == (None, None, None)
    assert found["not_seen"]


def test_an_rpm_that_does_not_answer_is_not_taken_for_no_package(tmp_path):
    roots.make(tmp_path, {"/var/lib/rpm/Packages": ""})
    roots.program(tmp_path, "/usr/bin/rpm")
    context = roots.context(tmp_path, lambda arguments: (1, ""))
    found = packages.collect(context, {"system": {"os": ALMA}, "errors": {}})
    assert found["audit_installed"] is None and found["not_seen"]


@pytest.mark.parametrize(
    ("path", "expected"), [("/sbin/auditd", True), ("/usr/sbin/auditd", True), ("/opt/sbin/auditd", False)]
)
def test_dpkgs_lists_tell_whose_a_file_is(tmp_path, path, expected):
    roots.make(tmp_path, {"/var/lib/dpkg/info/auditd.list": "/.\n/sbin\n/sbin/auditd\n"})
    part = {"manager": "dpkg", "installed": [{"name": "auditd"}]}
    assert packages.owns(roots.context(tmp_path), {"packages": part}, path) is expected


def test_without_lists_nobody_is_the_owner(tmp_path):
    part = {"manager": "dpkg", "installed": [{"name": "auditd"}]}
    assert packages.owns(roots.context(tmp_path), {"packages": part}, "/sbin/auditd") is None
    assert packages.owns(roots.context(tmp_path), {}, "/sbin/auditd") is None


@pytest.mark.parametrize(("answer", "expected"), [("audit\n", True), ("file /x is not owned by any package\n", False)])
def test_rpm_tells_whose_a_file_is(tmp_path, answer, expected):
    roots.program(tmp_path, "/usr/bin/rpm")
    part = {"manager": "rpm", "installed": [{"name": "audit"}]}
    context = roots.context(tmp_path, lambda arguments: (0, answer))
    assert packages.owns(context, {"packages": part}, "/usr/sbin/auditd") is expected
