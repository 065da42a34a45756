# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host is, and since when."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms_system, system
from ansible_collections.auditops.trail.tests.unit import roots

INITIAL = {
    "/proc/self/ns/pid": "pid:[4026531836]",
    "/proc/self/ns/cgroup": "cgroup:[4026531835]",
    "/proc/self/ns/user": "user:[4026531837]",
}
OTHER = {
    path: target.replace("40265318", "40265322").replace("40265319", "40265322") for path, target in INITIAL.items()
}


def collect(root):
    found = system.collect(roots.context(root), {})
    form.check(forms_system.PARTS["system"], found, "system", "")
    return found


def test_the_system_is_read_from_its_files(tmp_path):
    roots.make(
        tmp_path,
        {
            "/etc/os-release": 'ID="rhel"\nID_LIKE="fedora centos"\nVERSION_ID="9.4"\n'
            'PRETTY_NAME="Red Hat \\"9\\""\n#X=1\n',
            "/proc/1/comm": "systemd\n",
            "/proc/sys/kernel/random/boot_id": "24f3adbd-7ac6\n",
            "/proc/stat": "cpu 1 2\nbtime 1764169200\n",
            "/proc/uptime": "129600.5 3.0\n",
        },
        dict(INITIAL, **{"/etc/localtime": "../usr/share/zoneinfo/Europe/Berlin"}),
    )
    found = collect(tmp_path)
    assert found["os"] == {"id": "rhel", "version_id": "9.4", "name": 'Red Hat "9"', "id_like": ["fedora", "centos"]}
    assert (found["init"], found["boot_id"]) == ("systemd", "24f3adbd-7ac6")
    assert (found["booted"], found["uptime_days"]) == ("2025-11-26T15:00:00Z", 1.5)
    assert (found["timezone"], found["container"], found["not_seen"]) == ("Europe/Berlin", "none", [])


def test_an_empty_host_is_unknown_and_no_failure(tmp_path):
    found = collect(tmp_path)
    assert [name for name, value in sorted(found.items()) if value not in (None, [])] == ["now", "timezone"]


@pytest.mark.parametrize(
    ("files", "links", "kind"),
    [
        ({"/run/host/container-manager": "lxc\n"}, INITIAL, "lxc"),
        ({"/run/systemd/container": "systemd-nspawn\n"}, OTHER, "systemd-nspawn"),
        ({"/proc/1/environ": "A=1\0container=podman\0B=2\0"}, OTHER, "podman"),
        ({"/.dockerenv": ""}, OTHER, "docker"),
        ({"/run/.containerenv": ""}, OTHER, "podman"),
        ({}, OTHER, "other"),
        # An image that is booted as a machine.
        ({"/.dockerenv": ""}, INITIAL, "none"),
        ({}, INITIAL, "none"),
        ({"/.dockerenv": ""}, {}, "docker"),
        ({}, {}, None),
    ],
)
def test_a_container_is_told_by_what_proves_it(tmp_path, files, links, kind):
    roots.make(tmp_path, files, links)
    assert collect(tmp_path)["container"] == kind


def test_a_clone_is_as_old_as_its_own_things(tmp_path):
    roots.make(tmp_path, {"/etc/machine-id": "x\n", "/etc/ssh/ssh_host_rsa_key.pub": "k\n"}, folders=["/lost+found"])
    for path, at in (
        ("/etc/machine-id", 1750000000),
        ("/etc/ssh/ssh_host_rsa_key.pub", 1740000000),
        ("/lost+found", 1),
    ):
        os.utime(str(tmp_path) + path, (at, at))
    found = collect(tmp_path)
    assert (found["installed"], found["installed_by"]) == ("2025-02-19T21:20:00Z", "/etc/ssh/ssh_host_rsa_key.pub")
    assert found["age_days"] > 200


def test_a_time_from_before_the_clock_was_set_is_no_age(tmp_path):
    roots.make(tmp_path, {"/etc/machine-id": "x\n"})
    os.utime(str(tmp_path) + "/etc/machine-id", (10, 10))
    assert collect(tmp_path)["installed"] is None


def test_another_root_than_that_of_process_1_is_a_chroot(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    roots.make(inside, {"/proc/1/comm": "init\n"})
    outside.mkdir()
    roots.make(inside, links={"/proc/1/root": str(outside)})
    assert collect(inside)["chroot"] is True
    os.unlink(str(inside) + "/proc/1/root")
    roots.make(inside, links={"/proc/1/root": str(inside)})
    assert collect(inside)["chroot"] is False


def test_a_pipe_in_the_place_of_os_release_is_told(tmp_path):
    roots.make(tmp_path, folders=["/etc"])
    os.mkfifo(str(tmp_path) + "/etc/os-release")
    found = collect(tmp_path)
    assert found["os"] is None and "/etc/os-release: not a file" in found["not_seen"]
