# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re
import stat

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError


def _program(folder, name, script):
    path = folder / name
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(stat.S_IRWXU)
    return str(path)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A folder that holds every program there is."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(host, "_ROOTS_PATH", ())
    return tmp_path


@pytest.mark.parametrize(
    "text, version",
    [("3.0.9", (3, 0, 9)), ("4.0.4b", (4, 0, 4)), ("3.0.7-5.el9", (3, 0, 7)), (" 4.2\n", (4, 2))],
)
def test_versions(text, version):
    assert host.parse_version(text) == version


@pytest.mark.parametrize("text", ["", "four", "4", "v4.2"])
def test_what_is_not_a_version(text):
    with pytest.raises(ValueError):
        host.parse_version(text)


def test_the_version_is_auditctls(alone):
    _program(alone, "auditctl", "echo auditctl version 3.1.5")
    _program(alone, "ausearch", "echo ausearch version 9.9")
    assert host.audit_version() == (3, 1, 5)


def test_where_auditctl_wants_root_ausearch_answers(alone):
    _program(alone, "auditctl", "echo You must be root to run this program. >&2; exit 4")
    _program(alone, "ausearch", "echo ausearch version 4.0.2")
    assert host.audit_version() == (4, 0, 2)


def test_without_programs_there_is_no_version(alone):
    assert host.audit_version() is None


def test_a_program_that_hangs_is_an_error(alone, monkeypatch):
    monkeypatch.setattr(host, "_TIMEOUT", 0.2)
    program = _program(alone, "slow", "while :; do :; done")
    with pytest.raises(EvidenceError, match="cannot be run"):
        host.run([program])


@pytest.mark.parametrize(
    "name, expected",
    [("x86_64", "x86_64"), ("i686", "i386"), ("armv7l", "arm"), ("aarch64", "aarch64"), ("ppc64le", "ppc64le")],
)
def test_machines(name, expected):
    assert host.machine(name) == expected


def test_a_machine_without_tables():
    with pytest.raises(EvidenceError, match="riscv64"):
        host.machine("riscv64")


@pytest.mark.parametrize("release, expected", [("6.1.0-18-amd64", (6, 1, 0)), ("7.2-rc1", (7, 2))])
def test_kernel_releases(release, expected):
    assert host.kernel_release(release) == expected


def test_a_kernel_release_that_is_none():
    with pytest.raises(EvidenceError):
        host.kernel_release("unknown")


@pytest.mark.parametrize("answer, kind", [("1", "gawk"), ("0", "mawk")])
def test_awk_is_known_by_what_it_does(alone, answer, kind):
    _program(alone, "awk", "echo " + answer)
    assert host.awk_kind() == kind


def test_no_awk(alone):
    with pytest.raises(EvidenceError, match="awk"):
        host.awk_kind()


def test_the_awk_of_this_machine_agrees_with_a_trial():
    program = host.find_program("awk")
    if program is None:
        pytest.skip("there is no awk here")
    _status, answer = host.run([program, r'BEGIN { print (" #" ~ "^\\s*#") ? "gawk" : "mawk" }'])
    assert host.awk_kind() == answer.strip()


@pytest.mark.parametrize(
    "content, expected",
    [("", 1000), ("UID_MIN 500\n", 500), ("#UID_MIN 500\n\tUID_MIN\t\t 0x3e9 \n", 1001), ("UID_MIN 1\nUID_MIN 2\n", 2)],
)
def test_uid_min(tmp_path, content, expected):
    path = tmp_path / "login.defs"
    path.write_text(content)
    assert host.uid_min(str(path)) == expected


def test_uid_min_without_the_file(tmp_path):
    assert host.uid_min(str(tmp_path / "none")) == 1000


@pytest.mark.parametrize("value", ["many", "-3", "4294967295"])
def test_uid_min_that_is_no_uid_names_its_line(tmp_path, value):
    path = tmp_path / "login.defs"
    path.write_text("# x\nUID_MIN {0}\n".format(value))
    with pytest.raises(EvidenceError) as caught:
        host.uid_min(str(path))
    assert (caught.value.file, caught.value.line) == (str(path), 2)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path):
    os.mkfifo(str(tmp_path / "pipe"))
    with pytest.raises(OSError, match="not a file"):
        host.open_file(str(tmp_path / "pipe"))
    with pytest.raises(EvidenceError, match="not a file"):
        host.uid_min(str(tmp_path / "pipe"))


def test_uid_min_in_a_folder_is_an_error(tmp_path):
    with pytest.raises(EvidenceError):
        host.uid_min(str(tmp_path))


def test_programs_are_looked_for_in_absolute_folders_only(tmp_path, monkeypatch):
    _program(tmp_path, "auditctl", "exit 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".:")
    monkeypatch.setattr(host, "_ROOTS_PATH", ())
    assert host.find_program("auditctl") is None
    assert os.path.exists("auditctl")


@pytest.mark.parametrize(
    "version, known, said",
    [
        ((2, 8), (2, 8), None),
        ((3, 0, 9), (3, 0, 9), None),
        ((4, 2), (4, 2), None),
        (host.NEWEST_AUDIT, host.NEWEST_AUDIT, None),
        (host.NEWEST_AUDIT + (1,), host.NEWEST_AUDIT + (1,), None),
        ((9, 9), host.NEWEST_AUDIT, "audit 9.9 is newer .* read as {0}, the newest"),
        ((2, 7, 9), (2, 8), "audit 2.7.9 is older .* read as 2.8, the oldest"),
    ],
)
def test_a_release_outside_the_known_ones_is_read_as_the_nearest_and_told(version, known, said):
    read_as, warning = host.known_version(version)
    assert read_as == known
    if said is None:
        assert warning is None
    else:
        assert re.search(said.format(host.spelled(host.NEWEST_AUDIT)), warning)


@pytest.mark.parametrize("content, expected", [("24f3adbd-7ac6\n", "24f3adbd-7ac6"), ("\n", None), (None, None)])
def test_a_boot_that_cannot_be_told_is_none(tmp_path, content, expected):
    if content is not None:
        (tmp_path / "proc/sys/kernel/random").mkdir(parents=True)
        (tmp_path / "proc/sys/kernel/random/boot_id").write_text(content)
    assert host.boot_id(str(tmp_path)) == expected
