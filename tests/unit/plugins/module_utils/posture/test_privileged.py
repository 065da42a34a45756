# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for commands that give privileges, over mounts as a mount table tells of them."""

import errno
import os
import struct

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms, privileged, privileged_mounts
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

ROOT = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw"


@pytest.fixture(autouse=True)
def _no_privileges_stay(tmp_path):
    """pytest keeps the folders of its last runs: no set-user-ID file and no odd name is to lie about in them."""
    yield
    for folder, _folders, names in os.walk(os.fsencode(str(tmp_path))):
        for name in names:
            os.unlink(os.path.join(folder, name))


def mounts(*lines):
    return [privileged_mounts._mounted(line) for line in lines]


def make(root, path, mode=0o644):
    place = os.path.join(str(root), path.lstrip("/"))
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb"):
        pass
    os.chmod(place, mode)
    return place


def collected(root, *lines, **limits):
    table = os.path.join(str(root), "proc", "self", "mountinfo")
    os.makedirs(os.path.dirname(table), exist_ok=True)
    with open(table, "w") as file:
        file.write("\n".join(lines or (ROOT,)) + "\n")
    found = privileged.collect(Context(root=str(root), **limits), {})
    forms.checked(forms.PARTS["privileged"], found, "privileged")
    return found


def paths(found):
    return [command["path"] for command in found["commands"]]


def test_a_set_user_id_file_that_can_be_executed_is_found_with_its_mode(tmp_path):
    make(tmp_path, "/usr/bin/su", 0o4755)
    make(tmp_path, "/usr/bin/true", 0o755)
    make(tmp_path, "/usr/bin/held", 0o4644)
    found = collected(tmp_path)
    assert paths(found) == ["/usr/bin/su"]
    assert found["commands"][0] == {
        "path": "/usr/bin/su",
        "mode": "4755",
        "uid": os.geteuid(),
        "gid": os.stat(str(tmp_path / "usr" / "bin" / "su")).st_gid,
        "setuid": True,
        "setgid": False,
        "capabilities": None,
    }
    assert (found["complete"], found["stopped_by"], found["incomplete"]) == (True, None, None)


def test_set_group_id_counts_only_where_the_group_can_execute(tmp_path):
    make(tmp_path, "/usr/bin/wall", 0o2755)
    make(tmp_path, "/usr/bin/locked", 0o2705)
    found = collected(tmp_path)
    assert [(command["path"], command["setgid"]) for command in found["commands"]] == [("/usr/bin/wall", True)]


def test_capabilities_are_asked_of_executable_files_alone(tmp_path, monkeypatch):
    make(tmp_path, "/usr/bin/ping", 0o755)
    make(tmp_path, "/usr/share/doc", 0o644)
    asked = []

    def getxattr(place, name, follow_symlinks=True):
        asked.append((os.path.basename(place), name, follow_symlinks))
        return struct.pack("<5I", 0x02000001, 0x3000, 0, 0, 0)

    monkeypatch.setattr(os, "getxattr", getxattr, raising=False)
    found = collected(tmp_path)
    assert asked == [("ping", "security.capability", False)]
    assert found["commands"][0]["capabilities"] == "permitted=0000000000003000 effective"


def test_a_filesystem_without_capabilities_is_asked_once(tmp_path, monkeypatch):
    make(tmp_path, "/usr/bin/one", 0o755)
    make(tmp_path, "/usr/bin/two", 0o755)
    asked = []

    def getxattr(place, _name, follow_symlinks=True):
        asked.append(place)
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr(os, "getxattr", getxattr, raising=False)
    assert collected(tmp_path)["complete"] and len(asked) == 1


@pytest.mark.parametrize(
    "value, told",
    [
        (struct.pack("<5I", 0x02000000, 0x400, 0, 0, 0), "permitted=0000000000000400"),
        (struct.pack("<5I", 0x02000001, 0, 0, 0x100, 0), "permitted=0000010000000000 effective"),
        (struct.pack("<5I", 0x02000000, 0, 0x400, 0, 0), "inheritable=0000000000000400"),
        (struct.pack("<3I", 0x01000001, 0x400, 0), "permitted=0000000000000400 effective"),
        (
            struct.pack("<6I", 0x03000001, 0x400, 0, 0, 0, 100000),
            "permitted=0000000000000400 effective rootid=100000",
        ),
        (struct.pack("<5I", 0x02000001, 0, 0, 0, 0), None),
        (struct.pack("<5I", 0x04000001, 1, 0, 0, 0), "unknown"),
        (b"\x01", "unknown"),
        (b"", "unknown"),
    ],
)
def test_capabilities_are_decoded_by_their_revision(value, told):
    assert privileged.decoded(value) == told


def test_symlinks_are_not_followed_and_names_that_are_no_utf8_are_kept(tmp_path):
    make(tmp_path, "/usr/bin/su", 0o4755)
    os.symlink("su", str(tmp_path / "usr" / "bin" / "also"))
    os.symlink("/usr", str(tmp_path / "loop"))
    odd = os.fsencode(str(tmp_path / "usr" / "bin")) + b"/odd\xff"
    with open(odd, "wb"):
        pass
    os.chmod(odd, 0o4755)
    assert paths(collected(tmp_path)) == ["/usr/bin/odd\udcff", "/usr/bin/su"]


@pytest.mark.parametrize("option", ["nosuid", "noexec"])
def test_a_mount_from_which_no_program_gets_privileges_is_not_searched(tmp_path, option):
    make(tmp_path, "/usr/bin/su", 0o4755)
    make(tmp_path, "/home/mine", 0o4755)
    found = collected(tmp_path, ROOT, "28 27 254:1 / /home rw,{0} - ext4 /dev/vdb rw".format(option))
    assert paths(found) == ["/usr/bin/su"]
    assert found["mounts"] == ["/"]
    assert found["skipped"][0]["mount"] == "/home" and option in found["skipped"][0]["reason"]


def test_another_local_filesystem_is_searched_and_the_walk_stops_at_its_point(tmp_path):
    make(tmp_path, "/opt/tool", 0o4755)
    found = collected(tmp_path, ROOT, "28 27 254:1 / /opt rw - xfs /dev/vdb rw")
    assert paths(found) == ["/opt/tool"]
    assert found["mounts"] == ["/", "/opt"]


@pytest.mark.parametrize("fstype", ["nfs4", "cifs", "fuse.sshfs", "fuse"])
def test_what_another_host_serves_is_told_and_not_searched(fstype):
    plan = privileged_mounts.plan(mounts(ROOT, "28 27 0:50 / /data rw - {0} server:/x rw".format(fstype)))
    assert plan.tops == ["/"]
    assert plan.skipped[0][0] == "/data" and fstype in plan.skipped[0][1]


def test_a_root_on_a_network_filesystem_is_searched_all_the_same():
    assert privileged_mounts.plan(mounts("27 1 0:50 / / rw - nfs4 server:/x rw")).tops == ["/"]


def test_a_bind_mount_of_a_part_is_searched_once():
    plan = privileged_mounts.plan(mounts(ROOT, "28 27 254:0 /srv/x /mnt/x rw - ext4 /dev/vda rw"))
    assert plan.tops == ["/"]
    assert plan.skipped == [("/mnt/x", "the same files as in /")]


def test_a_bind_mount_is_searched_where_the_other_mount_takes_the_privileges():
    plan = privileged_mounts.plan(
        mounts("27 1 254:0 / / rw,nosuid - ext4 /dev/vda rw", "28 27 254:0 /srv/x /mnt/x rw - ext4 /dev/vda rw")
    )
    assert plan.tops == ["/mnt/x"]


def test_a_bind_mount_is_searched_where_the_original_is_mounted_over():
    plan = privileged_mounts.plan(
        mounts(
            ROOT,
            "28 27 254:0 /srv/x /mnt/x rw - ext4 /dev/vda rw",
            "29 27 254:9 / /srv rw - ext4 /dev/vdb rw",
        )
    )
    assert plan.tops == ["/", "/mnt/x", "/srv"]


def test_a_mount_under_another_one_is_not_searched():
    plan = privileged_mounts.plan(
        mounts(ROOT, "28 27 0:50 / /opt rw - tmpfs one rw", "29 28 0:51 / /opt rw - tmpfs two rw")
    )
    assert plan.tops == ["/", "/opt"]
    assert plan.skipped == [("/opt", "another filesystem is mounted over it")]


def test_pseudo_filesystems_are_passed_over_in_silence():
    plan = privileged_mounts.plan(mounts(ROOT, "22 27 0:21 / /proc rw - proc proc rw"))
    assert (plan.tops, plan.skipped) == (["/"], [])
    assert "/proc" in plan.points


def test_a_snap_is_searched_when_its_mount_lets_programs_have_privileges():
    snap = "28 27 7:1 / /snap/core/1 ro,{0}relatime - squashfs /dev/loop1 ro"
    assert privileged_mounts.plan(mounts(ROOT, snap.format(""))).tops == ["/", "/snap/core/1"]
    assert privileged_mounts.plan(mounts(ROOT, snap.format("nosuid,"))).tops == ["/"]


def test_container_layers_are_left_out_where_only_root_can_enter(tmp_path, monkeypatch):
    make(tmp_path, "/var/lib/docker/overlay2/a/diff/bin/su", 0o4755)
    monkeypatch.setattr(privileged._Walk, "_closed", lambda self, folder: True)
    merged = "28 27 0:60 / /var/lib/docker/overlay2/a/merged rw - overlay overlay rw"
    found = collected(tmp_path, ROOT, merged)
    assert paths(found) == []
    assert [skip["mount"] for skip in found["skipped"]] == [
        "/var/lib/docker",
        "/var/lib/docker/overlay2/a/merged",
    ]


def test_container_layers_that_others_can_enter_are_searched(tmp_path):
    make(tmp_path, "/var/lib/docker/overlay2/a/diff/bin/su", 0o4755)
    os.chmod(str(tmp_path / "var" / "lib" / "docker"), 0o755)
    assert paths(collected(tmp_path)) == ["/var/lib/docker/overlay2/a/diff/bin/su"]


def test_the_limit_of_entries_makes_the_list_incomplete_and_says_what_to_raise(tmp_path):
    for number in range(20):
        make(tmp_path, "/usr/bin/{0}".format(number))
    found = collected(tmp_path, scan_entries=10)
    assert (found["complete"], found["stopped_by"]) == (False, "entries")
    assert "audit_compliance_scan_entries" in found["incomplete"] and "10" in found["incomplete"]


def test_the_limit_of_time_makes_the_list_incomplete_and_says_what_to_raise(tmp_path):
    make(tmp_path, "/usr/bin/su", 0o4755)
    ticks = iter(range(0, 1000, 7))
    plan = privileged_mounts.plan(mounts(ROOT))
    found = privileged.search(Context(root=str(tmp_path), scan_seconds=5), plan, lambda: next(ticks))
    assert (found["complete"], found["stopped_by"]) == (False, "seconds")
    assert "audit_compliance_scan_seconds" in found["incomplete"]


def test_a_folder_that_cannot_be_read_makes_the_list_incomplete(tmp_path, monkeypatch):
    make(tmp_path, "/usr/bin/su", 0o4755)
    make(tmp_path, "/root/bin/x", 0o4755)
    scandir = os.scandir

    def refusing(folder):
        if str(folder).endswith("/root"):
            raise PermissionError(errno.EACCES, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    found = collected(tmp_path)
    assert paths(found) == ["/usr/bin/su"]
    assert (found["complete"], found["stopped_by"]) == (False, "unread")
    assert "run as root" in found["incomplete"]
    assert found["not_seen"] == ["/root: Permission denied"]


def test_a_folder_that_goes_away_meanwhile_is_no_loss(tmp_path, monkeypatch):
    make(tmp_path, "/tmp/x/y")
    scandir = os.scandir

    def gone(folder):
        if str(folder).endswith("/x"):
            raise FileNotFoundError(errno.ENOENT, "No such file", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", gone)
    assert collected(tmp_path)["complete"]


def test_without_a_mount_table_there_is_no_answer(tmp_path):
    with pytest.raises(EvidenceError, match="cannot be read"):
        privileged.collect(Context(root=str(tmp_path)), {})


def test_a_table_of_another_form_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match="not a mount table"):
        collected(tmp_path, "no such thing")


SERVED = "30 27 0:50 / /srv/share rw - nfs4 server:/x rw"


def test_a_mount_that_is_not_searched_and_gives_privileges_leaves_the_search_incomplete(tmp_path):
    found = collected(tmp_path, ROOT, SERVED)
    assert found["complete"] is False and found["stopped_by"] == "mounts"
    assert "/srv/share (nfs4)" in found["incomplete"] and "nosuid" in found["incomplete"]


@pytest.mark.parametrize("option", ["nosuid", "noexec"])
def test_a_served_mount_that_gives_none_does_not(tmp_path, option):
    found = collected(tmp_path, ROOT, SERVED.replace(" rw - ", " rw,{0} - ".format(option)))
    assert found["complete"] is True and found["incomplete"] is None


def test_a_served_mount_that_lies_under_another_one_does_not(tmp_path):
    found = collected(tmp_path, ROOT, SERVED, "31 27 0:60 / /srv rw - tmpfs none rw")
    assert found["complete"] is True


def test_a_served_mount_where_only_root_gets_by_containers_does_not(tmp_path):
    os.makedirs(str(tmp_path) + "/var/lib/kubelet/pods/1/volume")
    os.chmod(str(tmp_path) + "/var/lib/kubelet/pods", 0o750)
    if os.stat(str(tmp_path)).st_uid:
        pytest.skip("needs a folder of root's")
    found = collected(tmp_path, ROOT, SERVED.replace("/srv/share", "/var/lib/kubelet/pods/1/volume"))
    assert found["complete"] is True


@pytest.mark.parametrize("limit", ["entries", "seconds"])
def test_the_limits_hold_within_a_folder_of_many_files(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(privileged, "_BATCH", 0x3)
    for number in range(40):
        make(tmp_path, "/data/{0:02d}".format(number))
    times = iter([0.0, 0.0, 0.0, 0.0] + [99.0] * 99)
    plan = privileged_mounts.Search(["/data"], [], frozenset(["/data"]))
    context = Context(root=str(tmp_path), scan_entries=10 if limit == "entries" else 1000, scan_seconds=20)
    found = privileged.search(context, plan, (lambda: 0.0) if limit == "entries" else (lambda: next(times)))
    assert found["stopped_by"] == limit and found["entries"] < 40
