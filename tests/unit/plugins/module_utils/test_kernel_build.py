# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import gzip
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.kernel_build import user_arches

IA32 = {"CONFIG_IA32_EMULATION": "y"}
X32 = dict(IA32, CONFIG_X86_X32_ABI="y")


@pytest.mark.parametrize(
    "machine, options, parameters, expected",
    [
        ("x86_64", None, [], ("b64", "b32")),
        ("x86_64", {}, [], ("b64",)),
        ("x86_64", IA32, [], ("b64", "b32")),
        ("x86_64", IA32, ["ia32_emulation=0"], ("b64",)),
        ("x86_64", IA32, ["ia32_emulation=1", "ia32-emulation=0"], ("b64",)),
        ("x86_64", IA32, ["ia32_emulation=0", "quiet", "ia32_emulation=1"], ("b64", "b32")),
        ("x86_64", dict(IA32, CONFIG_IA32_EMULATION_DEFAULT_DISABLED="y"), [], ("b64",)),
        ("x86_64", dict(IA32, CONFIG_IA32_EMULATION_DEFAULT_DISABLED="y"), ["ia32_emulation=1"], ("b64", "b32")),
        ("x86_64", X32, [], ("b64", "b32", "x32")),
        ("x86_64", dict(X32, CONFIG_X86_X32_DISABLED="y"), [], ("b64", "b32")),
        ("x86_64", dict(X32, CONFIG_X86_X32_DISABLED="y"), ["syscall.x32=y"], ("b64", "b32", "x32")),
        ("x86_64", X32, ["syscall.x32=n"], ("b64", "b32")),
        ("aarch64", {"CONFIG_COMPAT": "y"}, [], ("b64", "b32")),
        ("aarch64", {}, [], ("b64",)),
        ("ppc64le", None, [], ("b64",)),
        ("ppc64le", {"CONFIG_COMPAT": "y"}, [], ("b64",)),
        ("i386", None, [], ("b32",)),
        ("s390x", {"CONFIG_COMPAT": "y"}, [], ("b64", "b32")),
    ],
)
def test_kinds_of_call(machine, options, parameters, expected):
    assert user_arches(machine, options, parameters) == expected


def test_build_options_are_read_packed_and_plain(tmp_path):
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot" / "config-6.1").write_text('# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C="x=1"\n')
    assert kernel_build.build_options(str(tmp_path), "6.1") == {"CONFIG_B": "y", "CONFIG_C": '"x=1"'}
    (tmp_path / "proc").mkdir()
    with gzip.open(str(tmp_path / "proc" / "config.gz"), "wt") as packed:
        packed.write("CONFIG_D=m\n")
    assert kernel_build.build_options(str(tmp_path), "6.1") == {"CONFIG_D": "m"}


def test_a_pipe_in_the_place_of_the_options_is_not_waited_for(tmp_path):
    (tmp_path / "boot").mkdir()
    os.mkfifo(str(tmp_path / "boot" / "config-6.1"))
    assert kernel_build.build_options(str(tmp_path), "6.1") is None


def test_no_build_options_are_no_evidence(tmp_path):
    assert kernel_build.build_options(str(tmp_path), "6.1") is None
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "config.gz").write_bytes(b"not gzip")
    assert kernel_build.build_options(str(tmp_path), "6.1") is None


def test_boot_parameters(tmp_path):
    assert kernel_build.boot_parameters(str(tmp_path)) == []
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cmdline").write_text('quiet "audit=0" audit=1 root=UUID=a -- audit=2\n')
    assert kernel_build.boot_parameters(str(tmp_path)) == ["quiet", "audit=0", "audit=1", "root=UUID=a"]


@pytest.mark.parametrize("content, expected", [("0\n", False), ("1\n", False), ("2\n", True)])
def test_io_uring_by_its_switch(tmp_path, content, expected):
    folder = tmp_path / "proc" / "sys" / "kernel"
    folder.mkdir(parents=True)
    (folder / "io_uring_disabled").write_text(content)
    assert kernel_build.io_uring_disabled({}, str(tmp_path)) is expected


def test_io_uring_by_the_build(tmp_path):
    assert kernel_build.io_uring_disabled({}, str(tmp_path)) is True
    assert kernel_build.io_uring_disabled({"CONFIG_IO_URING": "y"}, str(tmp_path)) is False


def test_io_uring_by_the_release_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(kernel_build, "kernel_release", lambda: (4, 18))
    assert kernel_build.io_uring_disabled(None, str(tmp_path)) is True
    monkeypatch.setattr(kernel_build, "kernel_release", lambda: (6, 1))
    assert kernel_build.io_uring_disabled(None, str(tmp_path)) is None


@pytest.mark.parametrize(
    "parameters, expected",
    [([], None), (["quiet"], False), (["audit=1"], True), (["audit=0"], False), (["audit=0", "audit=1"], False)],
)
def test_audit_from_the_first_process_on(parameters, expected):
    assert kernel_build.boot_audit(parameters) is expected


@pytest.mark.parametrize(
    "filesystems, apparmor, expected",
    [
        ("nodev\tproc\n\text4\n", None, ()),
        ("nodev\tselinuxfs\n\txfs\n", None, ("selinux",)),
        ("nodev\tproc\n", "Y\n", ("apparmor",)),
        ("nodev\tproc\n", "N\n", ()),
        (None, "Y\n", None),
    ],
)
def test_security_modules_with_labels(tmp_path, filesystems, apparmor, expected):
    if filesystems is not None:
        (tmp_path / "proc").mkdir()
        (tmp_path / "proc/filesystems").write_text(filesystems, encoding="ascii")
    if apparmor is not None:
        folder = tmp_path / "sys/module/apparmor/parameters"
        folder.mkdir(parents=True)
        (folder / "enabled").write_text(apparmor, encoding="ascii")
    assert kernel_build.label_modules(str(tmp_path)) == expected
