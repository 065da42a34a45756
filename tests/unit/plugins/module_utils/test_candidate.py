# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release that an installation would bring is what the package manager says, and nothing where it does not."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.candidate import candidate_version
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

APT = "auditd:\n  Installed: (none)\n  Candidate: 1:4.0.2-2+b2\n  Version table:\n     1:3.0.9-1 500\n"
ZYPPER = "Information for package audit:\n-----\nName           : audit\nVersion        : 3.0.6-150400.4.16.1\n"


def asked(answers):
    def ask(arguments):
        answer = answers[arguments[0]]
        if isinstance(answer, Exception):
            raise answer
        return 0, answer

    return candidate_version(lambda name: name if name in answers else None, ask)


@pytest.mark.parametrize(
    ("answers", "version"),
    [
        ({"apt-cache": APT}, (4, 0, 2)),
        ({"dnf": "3.1.5\n"}, (3, 1, 5)),
        ({"zypper": ZYPPER}, (3, 0, 6)),
        ({"apt-cache": "auditd:\n  Candidate: (none)\n"}, None),
        ({"apt-cache": "", "dnf": "4.0.5\n"}, (4, 0, 5)),
        ({"dnf": "Error: Cache-only enabled but no cache\n"}, None),
        ({"dnf": EvidenceError("no answer")}, None),
        ({}, None),
    ],
)
def test_the_candidate(answers, version):
    assert asked(answers) == version
