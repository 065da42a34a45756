# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published schema of a site's files: what it takes, the loader takes, and what it refuses, the loader refuses.

What needs the whole catalogue (a control that does not exist, a parameter of
another type) or the day (a date too far away) is the loader's alone.
"""

import json
import os
import re
from datetime import datetime, timezone

import pytest

yaml = pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")
jsonschema = pytest.importorskip("jsonschema", reason="tests/requirements/reports.txt")

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, control, site, waiver, yaml_lines  # noqa: E402

pytestmark = pytest.mark.controller
NOW = datetime(2026, 11, 26, 17, 0, 0, tzinfo=timezone.utc)
CONTROL = "controls:\n  - {id: a.b, title: T, severity: low, why: w, %s}\n"
WAIVER = "waivers:\n  - {id: a, controls: [identity.*], justification: Long enough to be one., approved_by: J, %s}\n"
DATED = 'expires: "2026-12-31"'


@pytest.fixture(scope="module")
def schema(repository):
    with open(os.path.join(repository, "docs", "schemas", "site.schema.json"), encoding="ascii") as file:
        return json.load(file)


@pytest.fixture(scope="module")
def validator(schema):
    kind = jsonschema.Draft202012Validator
    kind.check_schema(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def plain(text):
    """What an editor sees: YAML as JSON, in which there are no dates."""
    return json.loads(json.dumps(yaml.safe_load(text), default=lambda value: {"date": str(value)}))


def test_the_shipped_catalogue_is_valid(validator):
    for file in yaml_lines.files(catalogue_loader.SHIPPED):
        with open(file, encoding="utf-8") as handle:
            validator.validate(plain(handle.read()))


def test_it_knows_the_keys_that_the_loader_knows(schema):
    assert set(schema["properties"]) == set(site.KEYS)
    assert set(schema["$defs"]["control"]["properties"]) == set(control.KEYS)
    assert set(schema["$defs"]["waiver"]["properties"]) == set(waiver.KEYS)
    assert {next(iter(one["required"])) for one in schema["$defs"]["control"]["oneOf"]} == set(control.KINDS)
    assert set(schema["$defs"]["profile"]["properties"]) == set(catalogue_loader._PROFILE_KEYS)
    assert set(schema["$defs"]["population"]["anyOf"][2]["properties"]) == set(site.population.KEYS)


def test_the_tutorials_files_are_valid(validator, repository):
    with open(os.path.join(repository, "docs", "tutorial", "site-controls.md"), encoding="utf-8") as file:
        blocks = re.findall(r"```yaml\n# audit_compliance/(\S+)\n(.*?)```", file.read(), re.S)
    assert len(blocks) >= 4
    for _name, text in blocks:
        validator.validate(plain(text))


GOOD = [
    "",
    "controls: []\nprofiles:\n",
    CONTROL % "manual: Ask for it.",
    CONTROL % "record: [-w /etc/shadow -p wa], key: k, missing_path: skip",
    CONTROL % "record: ['-w {item} -p wa'], for_each: params.paths, parameters: {paths: []}",
    CONTROL % "record: ['-w {item} -p wa'], for_each: params.paths, parameters: {paths: []},"
    " empty: {verdict: manual, say: not stated}",
    CONTROL % "emit: [USER_LOGIN]",
    CONTROL % "assert: 'status.lost == `0`', reads: [status.lost], wanted: none, found: status.lost",
    CONTROL % "sample: {types: [SYSCALL], fields: [auid]}",
    CONTROL % "manual: x, references: [{framework: f, version: '1', id: '10.10', relation: supports}]",
    CONTROL % "manual: x, applies: {when: 'status.lost > `0`', reads: [status.lost], otherwise: nothing lost}",
    "profiles:\n  - {id: p, title: P, version: '1', controls: [kernel.lost]}\n",
    "parameters: {backlog_limit: 16384}\n",
    WAIVER % (DATED + ", hosts: [web*]"),
    WAIVER % (DATED + ", groups: [all], ticket: T-1, granted: '2026-11-01'"),
    "population: [web1]\n",
    "population: {groups: [all], source: CMDB}\n",
]  # fmt: skip
BAD = [
    "[]",
    "control: []\n",
    "controls: {}\n",
    "controls: [a]\n",
    CONTROL % "manual: x, record: [-w /x -p wa]",
    CONTROL % "key: k",
    CONTROL % "manual: x, key: k",
    CONTROL % "assert: 'status.lost == `0`'",
    CONTROL % "assert: 'status.lost == `0`', reads: []",
    CONTROL % "manual: 5",
    CONTROL % "record: -w /etc/shadow -p wa",
    CONTROL % "manual: x, nonsense: 1",
    CONTROL % "manual: x, references: [{framework: f, version: 1, id: a, relation: supports}]",
    CONTROL % "manual: x, references: [{framework: f, version: '1', id: a, relation: proves}]",
    CONTROL % "manual: x, applies: {when: 'status.lost > `0`', otherwise: x}",
    CONTROL % "sample: {types: [SYSCALL]}",
    CONTROL % "record: ['-w {item} -p wa'], for_each: params.p, parameters: {p: []}, empty: {verdict: pass, say: x}",
    CONTROL.replace("severity: low", "severity: grave") % "manual: x",
    CONTROL.replace("title: T, ", "") % "manual: x",
    "profiles:\n  - {id: p, title: P, version: 1, controls: [kernel.lost]}\n",
    "profiles:\n  - {id: p, title: P, version: '1', controls: []}\n",
    "parameters: [a]\n",
    WAIVER % "hosts: [a]",
    WAIVER % DATED,
    WAIVER % "expires: 2026-12-31, hosts: [a]",
    WAIVER % "expires: soon, hosts: [a]",
    WAIVER % "expires: '2026-02-30', hosts: [a]",
    WAIVER % (DATED + ", hosts: []"),
    WAIVER % (DATED + ", hosts: ['!a']"),
    WAIVER % (DATED + ", hosts: ['web[1:3]']"),
    WAIVER.replace("identity.*", "'*'") % (DATED + ", hosts: [a]"),
    WAIVER.replace("identity.*", "scope.population") % (DATED + ", hosts: [a]"),
    WAIVER.replace("approved_by: J, ", "") % (DATED + ", hosts: [a]"),
    WAIVER.replace("Long enough to be one.", "no") % (DATED + ", hosts: [a]"),
    WAIVER.replace("id: a", "id: 'a b'") % (DATED + ", hosts: [a]"),
    "waivers: {}\n",
    "population: 5\n",
    "population: [5]\n",
    "population: {source: CMDB}\n",
    "population: {host: [a]}\n",
]  # fmt: skip


def load(tmp_path, text):
    (tmp_path / "site.yml").write_text(text)
    made = site.load(str(tmp_path), 365, NOW)
    catalogue = catalogue_loader.load([], made.catalogue_files)
    site.check(made, catalogue)


@pytest.mark.parametrize("text", GOOD)
def test_what_the_schema_takes_the_loader_takes(validator, tmp_path, text):
    assert [error.message for error in validator.iter_errors(plain(text))] == []
    load(tmp_path, text)


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_the_loader_refuses(validator, tmp_path, text):
    assert not validator.is_valid(plain(text))
    with pytest.raises(CatalogueError) as told:
        load(tmp_path, text)
    assert told.value.file == str(tmp_path / "site.yml")
    assert told.value.line
