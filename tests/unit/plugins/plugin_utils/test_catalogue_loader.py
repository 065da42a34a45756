# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: what is shipped holds together, and what does not is refused by file and line."""

import re

import pytest

yaml = pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance.calls_here import here  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import (  # noqa: E402
    parse_requirement,
)
from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader  # noqa: E402

pytestmark = pytest.mark.controller
SHOWN = {
    "pci_dss_4_0": set(
        "3.3.1 3.5.1 8.2.1 8.2.2 8.3.2 8.6.1 10.1.1 10.1.2 10.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5"
        " 10.2.1.6 10.2.1.7 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 10.4.1 10.4.1.1 10.4.2 10.4.2.1 10.4.3 10.5.1 10.6.1"
        " 10.6.2 10.6.3 10.7.2 10.7.3 11.5.2 A1.2.1".split()
    ),
    "soc2": set("CC6.1 CC6.2 CC6.3 CC6.6 CC6.7 CC6.8 CC7.1 CC7.2 CC7.3 CC7.4 CC8.1 A1.1 C1.1".split()),
}
CONTROL = """controls:
  - id: site.one
    title: One
    severity: low
    why: because
    assert: status.lost == `0`
    reads: [status.lost]
"""


def load(tmp_path, text):
    site = tmp_path / "site.yml"
    site.write_text(text)
    return catalogue_loader.load([str(site)])


def refused(tmp_path, text):
    with pytest.raises(CatalogueError) as told:
        load(tmp_path, text)
    assert told.value.file == str(tmp_path / "site.yml")
    return told.value


def test_every_shipped_control_is_in_a_profile_and_what_the_baseline_names_in_one_of_a_standard():
    catalogue = catalogue_loader.load()
    chosen = {name: set(profile.controls) for name, profile in catalogue.profiles.items()}
    assert chosen["pci_dss_4_0"] | chosen["soc2"] == set(catalogue.controls)
    assert chosen["baseline"] < set(catalogue.controls)


def test_no_profile_names_a_control_twice():
    for profile in catalogue_loader.load().profiles.values():
        assert len(profile.controls) == len(set(profile.controls))


def test_every_threshold_tells_where_it_comes_from():
    for control in catalogue_loader.load().controls.values():
        assert set(control.sources) == set(control.parameters), control.id


def test_titles_are_said_once_and_end_without_a_full_stop():
    titles = [control.title for control in catalogue_loader.load().controls.values()]
    assert len(titles) == len(set(titles))
    assert not [title for title in titles if title.endswith(".")]


@pytest.mark.parametrize("profile", ["pci_dss_4_0", "soc2"])
def test_of_the_requirements_that_a_host_can_show_each_has_a_control(profile):
    catalogue = catalogue_loader.load()
    framework = catalogue.profiles[profile].framework
    referred = {
        one["id"]
        for name in catalogue.profiles[profile].controls
        for one in catalogue.controls[name].references
        if one["framework"] == framework
    }
    assert SHOWN[profile] <= referred


@pytest.mark.parametrize(("profile", "framework"), [("pci_dss_4_0", "pci_dss"), ("soc2", "soc2")])
def test_a_standards_profile_holds_just_the_controls_that_refer_to_it(profile, framework):
    catalogue = catalogue_loader.load()
    chosen = catalogue.profiles[profile]
    referring = {
        control.id
        for control in catalogue.controls.values()
        if any((one["framework"], one["version"]) == (framework, chosen.version) for one in control.references)
    }
    assert set(chosen.controls) == referring


@pytest.mark.parametrize("version", [(2, 8, 5), (3, 0, 9), (3, 1, 5), (4, 2, 1)])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_shipped_requirement_is_a_rule_that_auditctl_takes(version, machine):
    dialect = Dialect(version, machine, users=(), groups=())
    for control in catalogue_loader.load().controls.values():
        for line in control.record:
            filled = re.sub(r"\{\w+\}", "/srv/x", line.replace("{uid_min}", "1000"))
            text = here(filled, dialect, "99.0").text
            assert text is None or parse_requirement(text, dialect).action == "always"


def test_a_site_adds_a_control(tmp_path):
    assert load(tmp_path, CONTROL).controls["site.one"].line == 2


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (("severity: low", "severity: grave"), 2, "severity"),
        (("    why: because\n", ""), 2, "why"),
        (("    reads: [status.lost]\n", ""), 2, "without reads"),
        (("status.lost == `0`", "status.lost == == 0"), 2, "JMESPath"),
        (("reads:", "read:"), 2, "read"),
        (("id: site.one", "id: kernel.lost"), 2, "exists already"),
        (("    assert: status.lost == `0`\n", ""), 2, "must have one of record, emit, assert"),
        (("    why: because\n", "    why: because\n    why: again\n"), 6, "twice"),
        (("controls:\n", "control:\n"), 1, "unknown"),
        (("title: One", "title: [One"), 4, "YAML"),
        (("title: One", "title: 2027-02-30"), 3, "out of range"),
        (("title: One", "title: !!int abc"), 3, "invalid literal"),
        (("title: One", "title: " + "9" * 5000), 3, "digits"),
        (("title: One", "title: &a [*a]"), 2, "title"),
        (("status.lost == `0`", "lenght(rules.loaded) > `0`"), 2, "use one of length"),
        (("status.lost == `0`", "length(rules.loaded, status.lost) > `0`"), 2, "2 arguments, and it takes 1"),
        (("reads: [status.lost]", "reads: [status.lost, status.failur]"), 2, "use one of failure"),
        (("reads: [status.lost]", "reads: [status.lost, shipping.queue.dept]"), 2, "use one of depth"),
        (("title: One", "title: One\n    references: [{framework: x, version: '1', id: 10.2, relation: supports}]"), 4,
         "quoted"),
        (("title: One", "title: One\n    references: [{framework: x, version: '1', id: 'a', relation: proves}]"), 4,
         "relation"),
    ],
    ids=["severity", "why", "reads", "expression", "key", "id", "kind", "twice", "top", "yaml", "date", "int", "digits",
         "itself", "function", "arguments", "value", "deep value", "number", "relation"],
)  # fmt: skip
def test_a_control_that_does_not_hold_together_is_refused(tmp_path, change, line, told):
    assert change[0] in CONTROL
    error = refused(tmp_path, CONTROL.replace(*change))
    assert told in str(error)
    assert error.line == line


def test_a_profile_with_an_unknown_control_is_refused(tmp_path):
    error = refused(tmp_path, "profiles:\n  - {id: p, title: P, version: '1', controls: [no.such]}\n")
    assert "no.such" in error.message
    assert error.line == 2


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(CatalogueError):
        catalogue_loader.load([str(tmp_path / "absent.yml")])


def test_binary_junk_is_refused(tmp_path):
    site = tmp_path / "site.yml"
    site.write_bytes(bytes(range(256)))
    with pytest.raises(CatalogueError) as told:
        catalogue_loader.load([str(site)])
    assert told.value.file == str(site)


def test_a_control_of_two_profiles_is_judged_once():
    selection = catalogue_loader.load().select(["soc2", "pci_dss_4_0", "soc2"])
    names = [control.id for control in selection.controls]
    assert len(names) == len(set(names)) == len(catalogue_loader.load().controls)
    assert [profile.id for profile in selection.profiles] == ["soc2", "pci_dss_4_0"]


@pytest.mark.parametrize("value", [16384, "16384"])
def test_the_sites_parameter_wins(value):
    selection = catalogue_loader.load().select(["baseline"], {"backlog_limit": value})
    assert selection.parameters["backlog_limit"] == 16384


@pytest.mark.parametrize(
    ("profiles", "parameters", "told"),
    [
        (["pci"], {}, "no profile 'pci'"),
        ([], {}, "No profile"),
        (["baseline"], {"backlog": 1}, "no parameter 'backlog'"),
        (["baseline"], {"backlog_limit": "many"}, "type int"),
        (["baseline"], {"backlog_limit": True}, "type int"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(profiles, parameters, told):
    with pytest.raises(CatalogueError, match=told):
        catalogue_loader.load().select(profiles, parameters)


def test_profiles_that_disagree_on_a_parameter_want_the_sites_word(tmp_path):
    text = "profiles:\n" + "".join(
        f"  - {{id: {name}, title: P, version: '1', controls: [kernel.backlog_limit],"
        f" parameters: {{backlog_limit: {value}}}}}\n"
        for name, value in (("one", 1), ("two", 2))
    )
    catalogue = load(tmp_path, text)
    with pytest.raises(CatalogueError, match="differently"):
        catalogue.select(["one", "two"])
    assert catalogue.select(["one", "two"], {"backlog_limit": 3}).parameters == {"backlog_limit": 3}
    assert catalogue.select(["two"]).parameters == {"backlog_limit": 2}


@pytest.mark.parametrize("used", ["status.lost != params.most", "length(keys(params)) > status.lost"])
def test_a_parameter_that_no_one_declares_is_refused(tmp_path, used):
    told = refused(tmp_path, CONTROL.replace("status.lost == `0`", used))
    assert told.line == 2 and "params" in told.message
    load(tmp_path, CONTROL.replace("status.lost == `0`", "status.lost < params.most") + "    parameters: {most: 3}\n")


def test_a_value_that_reads_does_not_name_is_refused(tmp_path):
    told = refused(tmp_path, CONTROL.replace("status.lost == `0`", "status.lots == `0`"))
    assert told.line == 2 and "status.lots" in told.message
