# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that are printed for all controls of a profile, as one rules file."""

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance.compile import (  # noqa: E402
    compile_requirement,
)
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import expand  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import postures, postures_whole  # noqa: E402

pytestmark = pytest.mark.controller
CATALOGUE = catalogue_loader.load()
CONTROLS = CATALOGUE.controls


@pytest.mark.parametrize(
    ("profile", "version", "kernel"),
    [
        ("pci_dss_4_0", (3, 0, 9), "6.1.0-37-amd64"),
        ("soc2", (2, 8, 5), "4.18.0-553.el8_10.x86_64"),
        ("baseline", (4, 2, 1), "6.18.0"),
    ],
)
def test_the_lines_for_all_controls_of_a_profile_load_together_and_cover_each(monkeypatch, profile, version, kernel):
    monkeypatch.setattr(postures_whole, "VERSION", version)
    monkeypatch.setattr(postures_whole, "KERNEL", kernel)
    own = postures_whole.PARAMETERS if profile != "baseline" else {}
    lines = postures_whole.lines_of(CATALOGUE.select([profile], own))
    made = postures.posture([], [], postures_whole.path_state(lines), version=version)
    made["host"]["kernel"] = kernel
    dialect, host = evidence.dialect(made)._replace(users=(), groups=()), evidence.host(made)
    demanded = [
        (one, CONTROLS[name].key)
        for name, record in lines.items()
        for one in expand(record, CONTROLS[name].missing_path, dialect, host.paths, host.user_arches, kernel).demanded
    ]
    compiled = [compile_requirement(requirement, key, dialect, host) for requirement, key in demanded]
    assert None not in compiled
    flat = list(dict.fromkeys(line for one in compiled for line in one.lines))
    load = simulate(from_texts(flat, "50-all.rules"), dialect, host.paths, kernel=host.kernel)
    assert load.rejected == ()
    solver = Solver(load, host)
    assert {solver.judge(requirement.rule).outcome for requirement, _key in demanded} == {"covered"}
