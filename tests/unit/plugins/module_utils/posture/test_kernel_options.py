# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel was built and set to do."""

import gzip

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms_system, kernel_options
from ansible_collections.auditops.trail.tests.unit import roots

CONFIG = "CONFIG_AUDITSYSCALL=y\nCONFIG_IA32_EMULATION=y\nCONFIG_X86_X32_ABI=y\nCONFIG_IO_URING=y\nCONFIG_MODULES=y\n"
RELEASE = "6.1.0-18-amd64"


def collect(root, files=None, machine="x86_64", release=RELEASE):
    roots.make(root, files or {})
    posture = {"host": {"kernel": release, "machine": machine}, "errors": {}}
    found = kernel_options.collect(roots.context(root), posture)
    form.check(forms_system.PARTS["kernel"], found, "kernel", "")
    return found


def test_the_build_tells_which_calls_there_are(tmp_path):
    found = collect(tmp_path, {"/boot/config-" + RELEASE: CONFIG, "/proc/cmdline": "ia32_emulation=0 quiet\n"})
    assert found["config"] == "/boot/config-" + RELEASE
    assert (found["x32"], found["ia32"], found["arches"]) == (True, False, ["b64", "x32"])
    assert found["syscall_audit"] is True


def test_the_kernels_own_copy_counts_first(tmp_path):
    packed = gzip.compress(b"CONFIG_AUDIT=y\n# CONFIG_AUDITSYSCALL is not set\n")
    found = collect(tmp_path, {"/boot/config-" + RELEASE: CONFIG, "/proc/config.gz": packed})
    assert (found["config"], found["syscall_audit"], found["ia32"]) == ("/proc/config.gz", False, False)


def test_without_the_build_nothing_is_claimed_of_it(tmp_path):
    found = collect(tmp_path)
    assert [found[name] for name in ("config", "x32", "ia32", "io_uring", "syscall_audit", "lsm")] == [None] * 6
    assert found["arches"] == ["b64", "b32"]
    assert any("config" in text for text in found["not_seen"])


@pytest.mark.parametrize(
    ("files", "release", "expected"),
    [
        ({"/proc/sys/kernel/io_uring_disabled": "0\n"}, RELEASE, "everyone"),
        ({"/proc/sys/kernel/io_uring_disabled": "1\n"}, RELEASE, "group"),
        ({"/proc/sys/kernel/io_uring_disabled": "2\n"}, RELEASE, "nobody"),
        ({"/proc/config.gz": gzip.compress(CONFIG.encode())}, RELEASE, "everyone"),
        ({"/proc/config.gz": gzip.compress(b"CONFIG_AUDIT=y\n")}, RELEASE, "absent"),
        ({}, "4.18.0-553.el8", "absent"),
        ({}, RELEASE, None),
    ],
)
def test_who_can_make_an_io_uring(tmp_path, files, release, expected):
    assert collect(tmp_path, files, release=release)["io_uring"] == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, "integrity"),
        ({"/sys/kernel/security/lsm": "capability"}, "none"),
        ({}, None),
    ],
)
def test_lockdown_is_the_word_in_brackets(tmp_path, files, expected):
    assert collect(tmp_path, files)["lockdown"] == expected


def test_the_security_modules_are_listed(tmp_path):
    assert collect(tmp_path, {"/sys/kernel/security/lsm": "lockdown,capability,apparmor"})["lsm"] == [
        "lockdown", "capability", "apparmor",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/proc/sys/kernel/modules_disabled": "1\n"}, True),
        ({"/proc/sys/kernel/modules_disabled": "0\n"}, False),
        ({"/proc/config.gz": gzip.compress(b"CONFIG_AUDIT=y\n")}, True),
        ({}, None),
    ],
)
def test_whether_modules_can_be_loaded(tmp_path, files, expected):
    assert collect(tmp_path, files)["modules_disabled"] is expected


def test_no_other_machine_has_x32(tmp_path):
    found = collect(tmp_path, machine="ppc64le")
    assert (found["x32"], found["ia32"], found["arches"]) == (False, False, ["b64"])
