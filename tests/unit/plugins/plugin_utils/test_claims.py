# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A posture file belongs to one host of a run."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import claims

pytestmark = pytest.mark.controller


@pytest.fixture
def claim(tmp_path):
    return lambda path, host, variable="audit_compliance_posture": claims.claim(str(tmp_path), path, host, variable)


def test_a_second_host_is_refused_by_name_with_the_remedy(claim, tmp_path):
    claim("/x/p.json", "web1")
    claim("/x/p.json", "web1")
    with pytest.raises(TrailError) as told:
        claim("/x/../x/p.json", "web2")
    assert "the posture of web1 in this run, and not also that of web2" in told.value.message
    assert told.value.remedy == "put {{ inventory_hostname }} into audit_compliance_posture."
    assert len(os.listdir(str(tmp_path))) == 1


def test_files_of_their_own_and_other_purposes_do_not_meet(claim):
    claim("/x/web1.json", "web1")
    claim("/x/web2.json", "web2")
    claim("/x/web1.json", "web3", "audit_compliance_save_posture")
