# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that a result cannot hold are refused by name, wherever they were set."""

import datetime

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, parameters  # noqa: E402

pytestmark = pytest.mark.controller

CONTROL = """
controls:
  - {{id: site.one, title: One, severity: low, why: ours, assert: status.lost == `0`, reads: [status.lost],
     parameters: {{since: {0}}}}}
profiles:
  - {{id: site, title: Site, version: "1", controls: [site.one], parameters: {{since: {1}}}}}
"""


@pytest.mark.parametrize(
    "value, told",
    [
        (datetime.date(2026, 1, 1), "since is a date"),
        (datetime.datetime(2026, 1, 1, 12, 0), "since is a date"),
        ([datetime.date(2026, 1, 1)], "since is no plain value"),
        ({1, 2}, "since is no plain value"),
        (float("nan"), "since is no plain value"),
        (b"bytes", "since is no plain value"),
    ],
)
def test_what_json_cannot_hold_is_refused_by_name(value, told):
    with pytest.raises(CatalogueError, match=told) as caught:
        parameters.plain({"other": 1, "since": value})
    assert 'since: "2026-01-01"' in caught.value.remedy


def test_plain_values_stay_as_they_are():
    given = {"a": 1, "b": "x", "c": [True, None, 1.5], "d": {"e": "f"}}
    assert parameters.plain(given) == given


@pytest.mark.parametrize("default, value", [("2026-01-01", "x"), ("x", "2026-01-01")])
def test_a_date_in_a_catalogue_is_refused_with_file_and_line(tmp_path, default, value):
    site = tmp_path / "site.yml"
    site.write_text(CONTROL.format(default, value))
    with pytest.raises(CatalogueError, match="since is a date") as caught:
        catalogue_loader.load([str(site)]).select(["site"])
    assert caught.value.file == str(site)
    assert caught.value.line


def test_a_quoted_date_is_a_text(tmp_path):
    site = tmp_path / "site.yml"
    site.write_text(CONTROL.format('"2026-01-01"', "x"))
    assert catalogue_loader.load([str(site)]).select(["site"], {"since": "2026-02-02"}).parameters == {
        "since": "2026-02-02"
    }


def test_a_value_of_another_type_comes_with_an_example(tmp_path):
    with pytest.raises(CatalogueError, match="must be of type int") as caught:
        catalogue_loader.load().select(["baseline"], {"backlog_limit": "many"})
    assert caught.value.remedy == "give a value like backlog_limit: 8192."
