# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics as Prometheus' own parser reads them, where it is installed, and as text."""

import os

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import metrics  # noqa: E402
from ansible_collections.auditops.trail.tests.unit.scheduled import control, fleet, result  # noqa: E402

pytestmark = pytest.mark.controller
REPORT = fleet(
    result("a", control("x", "fail"), control("y", severity="low")), result("b", control("x", "fail")), gone=["c"]
)


def test_controls_are_counted_by_profile_verdict_and_severity():
    kept = metrics.figures(REPORT, 1000.5)
    text = metrics.render("try", kept, {"run_exit_code": 2})
    lines = text.splitlines()
    assert 'audit_compliance_controls{profile="baseline",schedule="try",severity="high",verdict="fail"} 2' in lines
    assert 'audit_compliance_hosts{schedule="try",state="not_assessed"} 1' in lines
    assert 'audit_compliance_report_timestamp_seconds{schedule="try"} 1000.5' in lines
    assert 'audit_compliance_run_exit_code{schedule="try"} 2' in lines
    for name in ("controls", "hosts"):
        assert lines.count(f"# TYPE audit_compliance_{name} gauge") == 1


def test_before_the_first_report_there_is_only_the_run():
    text = metrics.render("try", {}, {"run_exit_code": 4})
    assert "controls" not in text and "run_exit_code" in text


def test_a_label_is_escaped():
    kept = {"controls": [['a"b\\c\nd', "pass", "low", 1]], "hosts": {}}
    assert 'profile="a\\"b\\\\c\\nd"' in metrics.render("try", kept, {})


def test_prometheus_reads_it():
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")
    families = list(parser.text_string_to_metric_families(metrics.render("try", metrics.figures(REPORT, 1), {})))
    assert {family.name for family in families} >= {"audit_compliance_controls", "audit_compliance_hosts"}


def test_the_file_is_there_whole_or_not_at_all_and_everybody_can_read_it(tmp_path):
    path = metrics.write(str(tmp_path), "try", "one 1\n")
    assert os.listdir(str(tmp_path)) == ["try.prom"]
    assert os.stat(path).st_mode & 0o777 == 0o644
    with pytest.raises(TrailError, match="cannot be written"):
        metrics.write(str(tmp_path / "none"), "try", "one 1\n")
