# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the posture's data to the solver's values."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import codec, evidence
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import POSTURE_VERSION
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate
from ansible_collections.auditops.trail.tests.unit import postures

DIALECT = Dialect((3, 0, 9), users=(), groups=())


@pytest.mark.parametrize("version", [POSTURE_VERSION + 1, None, "1", True, 0])
def test_another_version_is_refused(version):
    with pytest.raises(EvidenceError):
        evidence.check_version({"posture_version": version})


def test_this_version_is_taken():
    evidence.check_version({"posture_version": POSTURE_VERSION})


def posture(kernel_lines, status=None):
    rules = simulate(from_texts(kernel_lines, "the kernel"), DIALECT).loaded
    return {"rules": {"loaded": codec.rules_to_plain(list(rules))}, "status": status or {"enabled": 1, "pid": None}}


def test_a_loaded_rule_is_named_by_its_line_on_disk():
    files = simulate(from_texts(["-b 64", "-w /etc/passwd -p wa -k id"], "10.rules"), DIALECT)
    load = evidence.loaded(posture(["-w /etc/passwd -p wa -k id", "-w /etc/group -p wa"]), files)
    assert [str(rule.origin) for rule in load.loaded] == ["10.rules:2", "the kernel:2"]


def test_a_rule_of_another_key_is_another_line():
    files = simulate(from_texts(["-w /etc/passwd -p wa -k id"], "10.rules"), DIALECT)
    load = evidence.loaded(posture(["-w /etc/passwd -p wa -k other"]), files)
    assert str(load.loaded[0].origin) == "the kernel:1"


def test_the_status_is_in_force_as_the_kernel_has_it():
    load = evidence.loaded(posture([], {"enabled": 0, "lost": 3, "pid": None}), None)
    assert load.settings["enabled"].value == 0
    assert "pid" not in load.settings
    assert load.live is True


@pytest.mark.parametrize("value", [None, [], "text", {"loaded": 3}, {}])
def test_a_part_of_another_form_is_refused(value):
    with pytest.raises(EvidenceError):
        evidence.loaded({"rules": value, "status": {}}, None)


def test_files_without_a_switch_leave_audit_on():
    data = codec.load_to_plain(simulate(from_texts(["-w /etc/passwd -p wa"], "10.rules"), DIALECT))
    assert evidence.on_disk({"disk": data}).settings["enabled"].value == 1
    assert evidence.on_disk({}) is None


@pytest.mark.parametrize("number", [-1, 4294967295, "1000", None])
def test_a_uid_min_that_is_no_uid_is_refused(number):
    with pytest.raises(EvidenceError, match="uid_min"):
        postures.host(uid_min=number)


def test_what_is_no_posture_is_told_with_what_to_give():
    with pytest.raises(EvidenceError) as told:
        evidence.check_version({"posture_version": None})
    assert "audit_compliance_save_posture" in told.value.remedy
