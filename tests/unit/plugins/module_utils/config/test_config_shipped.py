# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What packages are said to bring along is what their release reads, and lies where it looks."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.config import places
from ansible_collections.auditops.trail.plugins.module_utils.config.read import read
from ansible_collections.auditops.trail.plugins.module_utils.config.shipped import shipped
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

RELEASES = [
    (2, 8, 5),
    (3, 0),
    (3, 0, 2),
    (3, 0, 9),
    (3, 1, 1),
    (3, 1, 5),
    (4, 0, 2),
    (4, 0, 5),
    (4, 1, 4),
    (4, 2, 1),
    None,
]


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize(
    ("file", "path"),
    [("auditd", "auditd.conf"), ("remote", "audisp-remote.conf")]
    + [("plugin", name) for name in ("au-remote.conf", "syslog.conf", "af_unix.conf")],
)
def test_every_release_starts_with_it(file, path, version, tmp_path):
    found = read(file, shipped(file, "/etc/" + path, version, str(tmp_path)), version)
    assert found["usable"], found["problems"]
    assert found["written"]
    assert not [problem for problem in found["problems"] if "too" in problem["message"]]  # no key stands there twice


def test_the_filter_came_with_a_release(tmp_path):
    path = "/etc/audit/plugins.d/filter.conf"
    assert shipped("plugin", path, (4, 0), str(tmp_path)) == b""
    for version in ((4, 0, 1), (4, 2, 1)):
        found = read("plugin", shipped("plugin", path, version, str(tmp_path)), version)
        assert (found["usable"], found["problems"]) == (True, [])


def test_debian_gives_the_log_to_adm(tmp_path):
    (tmp_path / "etc").mkdir()
    assert b"log_group = root\n" in shipped("auditd", "/etc/audit/auditd.conf", (3, 0, 9), str(tmp_path))
    (tmp_path / "etc" / "debian_version").write_text("12.1\n")
    assert b"log_group = adm\n" in shipped("auditd", "/etc/audit/auditd.conf", (3, 0, 9), str(tmp_path))


def test_of_a_plugin_that_no_package_of_audit_brings_nothing_is_said():
    assert shipped("plugin", "/etc/audit/plugins.d/laurel.conf", None) == b""


@pytest.mark.parametrize(
    ("file", "version", "path"),
    [
        ("auditd", (2, 8, 5), "/etc/audit/auditd.conf"),
        ("audispd", (2, 8, 5), "/etc/audisp/audispd.conf"),
        ("remote", (2, 8, 5), "/etc/audisp/audisp-remote.conf"),
        ("remote", (3, 0), "/etc/audit/audisp-remote.conf"),
        ("remote", None, "/etc/audit/audisp-remote.conf"),
    ],
)
def test_where_each_release_looks(file, version, path):
    assert places.usual(file, None, version) == path


def test_plugins_lie_in_the_folder_that_is_configured(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "FOLDER", str(tmp_path))
    assert places.usual("plugin", "au-remote", (4, 0, 2)) == "/etc/audit/plugins.d/au-remote.conf"
    (tmp_path / "auditd.conf").write_text("plugin_dir = /etc/mine/\n")
    assert places.usual("plugin", "au-remote.conf", (4, 0, 2)) == "/etc/mine/au-remote.conf"


@pytest.mark.parametrize("name", [None, "", "../x.conf", "a.b.conf", ".hidden", "x.txt", "a/b"])
def test_a_plugins_file_has_a_name_that_auditd_reads(name):
    with pytest.raises(TrailError):
        places.usual("plugin", name, (4, 0, 2))
