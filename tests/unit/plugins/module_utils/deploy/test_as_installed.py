# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from ansible_collections.auditops.trail.plugins.module_utils.deploy import as_installed
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.tests.unit import postures

BARE = postures.path_state(files=["/etc/passwd"], folders=["/etc", "/var/log", "/usr/sbin"], missing=["/etc/audit"])


def test_the_packages_folders_and_files_are_there_and_the_rest_is_as_it_was():
    made = PathState.from_dict(as_installed.with_package(BARE))
    assert made.stat_is_dir("/etc/audit/rules.d") is True
    assert made.stat_is_dir("/var/log/audit") is True
    assert made.lexists("/usr/sbin/auditctl") is True
    assert made.lexists("/etc/passwd") is True
    assert BARE["objects"]["/etc/audit"]["type"] == "missing"


def test_what_is_there_already_is_left_alone():
    there = postures.path_state(files=["/usr/sbin/auditctl"], folders=["/etc/audit"])
    made = as_installed.with_package(there)["objects"]
    assert made["/usr/sbin/auditctl"] == there["objects"]["/usr/sbin/auditctl"]
    assert made["/etc/audit"] == there["objects"]["/etc/audit"]


def test_nothing_is_put_below_a_link_or_a_folder_that_is_not_known():
    linked = postures.path_state(folders=["/usr/sbin"], links=[("/sbin", "usr/sbin")])
    made = as_installed.with_package(linked)
    assert "/sbin/auditctl" not in made["objects"]
    assert "/etc/audit" not in made["objects"]
    assert PathState.from_dict(made).lexists("/sbin/auditctl") is True


def test_no_two_things_are_one_object():
    made = as_installed.with_package(BARE)["objects"]
    inodes = [entry["inode"] for entry in made.values()]
    assert len(set(inodes)) == len(inodes)
