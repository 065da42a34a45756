# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Thresholds in words: whose value it is, what the catalogue's is, and where that comes from."""

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import thresholds  # noqa: E402

pytestmark = pytest.mark.controller
SOURCE = "PCI DSS 10.5.1 asks for a year"


@pytest.mark.parametrize(
    ("used", "words"),
    [
        ({"value": 90, "source": None}, "90"),
        ({"value": 365, "source": SOURCE, "default": 365, "set_by": None, "looser": False}, f"365 ({SOURCE})"),
        (
            {"value": 1, "source": SOURCE, "default": 365, "set_by": "site.yml:3", "looser": True},
            f"the site's value 1 (site.yml:3); the catalogue's is 365 ({SOURCE})",
        ),
        (
            {"value": 1, "source": None, "default": 365, "set_by": "this run", "looser": True},
            "this run's value 1; the catalogue's is 365",
        ),
        (
            {"value": 400, "source": None, "default": 365, "set_by": "the profile strict", "looser": False},
            "the profile strict's value 400; the catalogue's is 365",
        ),
        (
            {"value": 365, "source": SOURCE, "default": 365, "set_by": "site.yml:3", "looser": False},
            f"the site's value 365 (site.yml:3), which is the catalogue's ({SOURCE})",
        ),
    ],
)
def test_a_threshold_is_told_with_its_origin(used, words):
    assert thresholds.told(used) == words


def test_each_looser_threshold_is_one_finding_with_controls_and_hosts():
    used = {"value": 1, "source": SOURCE, "default": 365, "set_by": "site.yml:3", "looser": True}
    controls = [{"id": name, "parameters": {"days": used}} for name in ("logs.kept", "logs.copies")]
    controls.append({"id": "x", "parameters": {"days": dict(used, looser=False)}})
    (found,) = thresholds.findings([{"host": name, "controls": controls} for name in ("a", "b")])
    assert (found["id"], found["severity"]) == ("threshold.looser", "high")
    name = found["text"].partition(":")[0]
    assert f"{found['title']}: {found['text']}".count(f"{name}:") == 1
    assert "the site's value 1 (site.yml:3); the catalogue's is 365" in found["text"]
    assert "logs.kept, logs.copies on a, b" in found["text"]
    assert found["remedy"]
    assert thresholds.findings([{"host": "a", "controls": [{"id": "x"}]}]) == []
