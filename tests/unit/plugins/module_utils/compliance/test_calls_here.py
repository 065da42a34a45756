# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance.calls_here import SINCE, here, newer_calls
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.lookup import CALLS
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect

LINE = "-a always,exit -F arch=b64 -S {0} -F auid>=1000"


def at(calls, release="6.12.1", version=(4, 2, 1), machine="x86_64", arch="b64"):
    return here("-a always,exit -F arch={0} -S {1}".format(arch, calls), Dialect(version, machine), release)


def test_a_call_that_the_machine_lacks_is_left_out_and_told():
    found = at("open,openat", machine="aarch64")
    assert found.text == "-a always,exit -F arch=b64 -S openat"
    assert found.left_out == (("open", "aarch64 has no open"),)


def test_a_call_that_is_newer_than_the_kernel_is_left_out_and_told():
    found = at("fchmodat,fchmodat2", release="6.1.0-37-amd64")
    assert found.text == "-a always,exit -F arch=b64 -S fchmodat"
    assert found.left_out == (("fchmodat2", "Linux 6.1 has no fchmodat2, which came with 6.6"),)


def test_a_kernel_into_which_calls_are_carried_back_is_held_to_all_of_them():
    assert at("fchmodat,fchmodat2", release="5.14.0-503.el9.x86_64").left_out == ()


def test_a_call_that_only_auditctl_cannot_name_is_demanded_by_number():
    found = at("fchmodat,fchmodat2", version=(3, 0, 9))
    assert found.text == "-a always,exit -F arch=b64 -S fchmodat,452"
    assert found.left_out == ()


def test_the_numbers_are_those_of_the_arch_that_the_rule_names():
    assert at("clock_settime64", arch="b32", version=(2, 8)).text.endswith("-S 404")
    assert at("clock_settime64").text is None


def test_where_no_call_is_left_nothing_is_demanded():
    found = at("setxattrat,removexattrat", release="6.1.0")
    assert found.text is None
    assert [call for call, _why in found.left_out] == ["setxattrat", "removexattrat"]


def test_a_name_that_no_machine_has_stays_and_is_refused_where_the_line_is_read():
    assert at("openatt").text.endswith("-S openatt")


@pytest.mark.parametrize(
    "text", ["-w /etc/passwd -p wa", "-a always,exit -F path=/etc/shadow -F perm=wa", LINE.format("all")]
)
def test_other_lines_stay_as_they_are(text):
    assert here(text, Dialect(), "6.1.0").text == text


def test_each_call_of_the_table_is_one():
    for call in SINCE:
        assert any(names.syscall_number(call, machine) is not None for machine in CALLS), call


CARRIED = "5.14.0-503.el9.x86_64"


def test_on_a_kernel_with_backports_a_call_that_it_does_not_name_is_left_out():
    found = here("-a always,exit -F arch=b64 -S fchmodat,fchmodat2,file_setattr", Dialect(), CARRIED, ["fchmodat2"])
    assert "file_setattr" not in found.text and "fchmodat2" in found.text
    assert found.left_out == (
        ("file_setattr", "the kernel 5.14.0-503.el9.x86_64 has no file_setattr (/proc/kallsyms does not name it)"),
    )


def test_what_a_kernel_with_backports_names_does_not_bring_calls_to_another_kernel():
    found = here("-a always,exit -F arch=b64 -S fchmodat,fchmodat2", Dialect(), "6.1.0", ["fchmodat2"])
    assert [call for call, _why in found.left_out] == ["fchmodat2"]


def test_fedora_follows_upstream():
    assert newer_calls("6.1.18-200.fc37.x86_64") == []
    assert at("fchmodat,fchmodat2", release="6.1.18-200.fc37.x86_64").left_out[0][0] == "fchmodat2"


def test_only_a_release_with_backports_leaves_open_which_calls_there_are():
    assert "fchmodat2" in newer_calls(CARRIED) and "bpf" not in newer_calls(CARRIED)
    assert newer_calls("6.1.0-37-amd64") == newer_calls("odd") == []
