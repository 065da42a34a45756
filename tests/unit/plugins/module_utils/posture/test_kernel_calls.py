# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which newer calls a kernel with backports has."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import kernel_calls
from ansible_collections.auditops.trail.tests.unit import roots

RELEASE = "4.18.0-553.el8_10.x86_64"


def found(tmp_path, symbols, release=RELEASE):
    if symbols is not None:
        roots.make(tmp_path, {"/proc/kallsyms": symbols})
    return kernel_calls.carried_back(roots.context(tmp_path), release)


@pytest.mark.parametrize(
    ("symbol", "calls"),
    [
        ("T __x64_sys_openat2", ["openat2"]),
        ("T __arm64_sys_openat2", ["openat2"]),
        ("t __se_sys_openat2", ["openat2"]),
        ("T sys_openat2", ["openat2"]),
        ("W __x64_sys_fsopen", ["fsopen"]),
        ("t __do_sys_openat2", []),
        ("t __x64_sys_openat2_more", []),
        ("T __ia32_sys_clock_settime", []),
        ("T __ia32_sys_clock_settime32", ["clock_settime64"]),
        ("T __x64_sys_bpf", []),
    ],
)
def test_a_call_is_there_if_the_kernel_names_its_entry(tmp_path, symbol, calls):
    symbols = "0000000000000000 T _text\n0000000000000000 {0}\n0000000000000000 t x\t[ext4]\n".format(symbol)
    assert found(tmp_path, symbols) == calls


@pytest.mark.parametrize("symbols", [None, "", "\n"])
def test_without_symbols_nothing_is_known(tmp_path, symbols):
    assert found(tmp_path, symbols) is None


def test_where_the_release_tells_the_symbols_are_not_read(tmp_path):
    assert found(tmp_path, "0 T __x64_sys_openat2\n", "4.19.0-27-amd64") is None
