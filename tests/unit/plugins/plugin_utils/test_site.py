# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site's folder: everything in it is read, and what does not hold together is told with file and line."""

import hashlib
from datetime import datetime, timezone

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, site  # noqa: E402

pytestmark = pytest.mark.controller
NOW = datetime(2026, 11, 26, 17, 0, 0, tzinfo=timezone.utc)
WAIVER = """waivers:
  - id: cron-on-legacy
    controls: [persistence.cron]
    hosts: [legacy*]
    justification: Moves to the new scheduler in January.
    approved_by: J. Doe, CISO
    expires: "2027-01-31"
"""


@pytest.fixture
def load(tmp_path):
    def write(**files):
        for name, text in files.items():
            path = tmp_path / (name.replace("__", "/") + ".yml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return site.load(str(tmp_path), 365, NOW)

    return write


def refused(load, **files):
    with pytest.raises(CatalogueError) as told:
        made = load(**files)
        site.check(made, catalogue_loader.load())
    return told.value


def test_without_a_folder_there_is_nothing():
    assert site.load("", 365, NOW) == site.Site()
    assert site.load(None, 365, NOW).waivers == ()


def test_any_file_may_hold_any_key_and_one_folder_below_is_read(load, tmp_path):
    made = load(
        a="parameters:\n  backlog_limit: 16384\n" + WAIVER,
        teams__b="population: [web1, web2]\nprofiles:\n  - {id: p, title: P, version: '1', controls: [kernel.lost]}\n",
    )
    assert made.parameters["backlog_limit"] == site.Given(16384, str(tmp_path / "a.yml"), 2)
    assert [one.id for one in made.waivers] == ["cron-on-legacy"]
    assert (made.waivers[0].file, made.waivers[0].line) == (str(tmp_path / "a.yml"), 4)
    assert made.population.hosts == ("web1", "web2")
    assert made.catalogue_files == (str(tmp_path / "teams" / "b.yml"),)
    assert [one["name"] for one in made.files] == ["a.yml", "teams/b.yml"]
    digest = hashlib.sha256((tmp_path / "a.yml").read_bytes()).hexdigest()
    assert made.files[0]["sha256"] == digest
    site.check(made, catalogue_loader.load())


def test_hidden_files_and_other_files_are_left(load, tmp_path):
    (tmp_path / ".old.yml").write_text("nonsense: true\n")
    (tmp_path / "scope.txt").write_text("web1\n")
    assert load(a="").files[0]["name"] == "a.yml"


def test_a_list_of_hosts_lies_beside_the_file_and_is_hashed_too(load, tmp_path):
    (tmp_path / "scope.txt").write_text("# from the CMDB\nweb1\n\nweb2  # behind the proxy\n")
    made = load(a="population: {file: scope.txt, source: CMDB of 2026-11-01}\n")
    assert made.population.hosts == ("web1", "web2")
    assert made.population.source == "CMDB of 2026-11-01"
    assert [one["name"] for one in made.files] == ["a.yml", "scope.txt"]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("parameter: {}\n", 1, "parameter, which is unknown here"),
        ("parameters: [a]\n", 1, "parameters must be a mapping"),
        ("# first\nparameters:\n  # ours\n  backlog_limit: many\n", 4, "must be of type int"),
        ("parameters:\n  backlog_limit: true\n", 2, "must be of type int"),
        ("parameters:\n  backlog_limit: 2026-01-01\n", 2, "quote a date"),
        ("parameters:\n\n  backlog: 1\n", 3, "no parameter 'backlog'"),
        ("parameters:\n  backlog_limit: 1\n  backlog_limit: 2\n", 3, "given twice"),
        ("population: [web1, 5]\n", 1, "hosts must be a list of texts"),
        ("parameters: {}\npopulation: 5\n", 2, "no list of hosts"),
        ("population:\n  host: [a]\n", 2, "host, which is unknown here"),
        ("population:\n  file: nothere.txt\n", 2, "nothere.txt cannot be read: No such file"),
        ("population:\n  source: CMDB\n", 2, "names no host"),
        ("waivers: {}\n", 1, "waivers must be a list"),
        ("waivers: [a]\n", 1, "waivers must be a list"),
        ("- a\n", 1, "A site's file holds controls"),
        ("parameters: [\n", None, "not YAML"),
    ],
)
def test_what_does_not_hold_together_is_told_with_its_line(load, tmp_path, text, line, told):
    error = refused(load, a=text)
    assert told in str(error)
    assert error.file == str(tmp_path / "a.yml")
    assert line is None or error.line == line


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a": WAIVER, "b": WAIVER}, "The waiver cron-on-legacy exists already ({0}/a.yml:2)"),
        ({"a": "population: [x]\n", "b": "population: [y]\n"}, "The population is stated already ({0}/a.yml:1)"),
        ({"a": "parameters: {x: 1}\n", "b": "parameters: {x: 2}\n"}, "parameter x is given already ({0}/a.yml:1)"),
    ],
)
def test_what_two_files_say_is_told_with_both_places(load, tmp_path, files, told):
    error = refused(load, **files)
    assert told.format(tmp_path) in str(error)
    assert error.file == str(tmp_path / "b.yml")


def test_a_file_that_lies_too_deep_is_not_passed_over(load, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.yml").write_text("")
    assert "would not be read" in refused(load).message


def test_a_folder_that_is_not_there_is_refused_with_the_variable(tmp_path):
    with pytest.raises(CatalogueError, match="audit_compliance_site"):
        site.load(str(tmp_path / "none"), 365, NOW)


def test_a_waiver_of_an_unknown_control_is_refused_with_its_line(load, tmp_path):
    error = refused(load, a=WAIVER.replace("persistence.cron", "persistence.corn"))
    assert "persistence.corn" in error.message
    assert (error.file, error.line) == (str(tmp_path / "a.yml"), 2)


def test_a_waiver_may_cover_a_control_of_the_sites_own(load):
    text = (
        WAIVER.replace("persistence.cron", "site.*")
        + "controls:\n  - {id: site.one, title: T, severity: low, why: w, manual: Ask for it.}\n"
    )
    made = load(a=text)
    own = catalogue_loader.Catalogue({"site.one": None}, {})
    site.waiver.check(made.waivers, own.controls)
    with pytest.raises(CatalogueError):
        site.waiver.check(made.waivers, catalogue_loader.load().controls)


def test_only_the_parameters_of_the_chosen_controls_go_down(load):
    made = load(a="parameters: {backlog_limit: 16384}\n")
    shipped = catalogue_loader.load()
    assert site.values(made, shipped, ["baseline"]) == {"backlog_limit": 16384}
    assert site.values(made, shipped, ["no such profile"]) == {}
    assert shipped.select(["baseline"], site.values(made, shipped, ["baseline"])).parameters["backlog_limit"] == 16384


def two(tmp_path, first, second):
    made = []
    for name, text in (("a", first), ("b", second)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "site.yml").write_text(text)
        made.append(site.load(str(tmp_path / name), 365, NOW))
    return made


def test_the_sites_of_several_inventories_are_joined(tmp_path):
    other = WAIVER.replace("cron-on-legacy", "cron-here") + "population: {hosts: [web2, db1], source: the register}\n"
    made = site.joined(two(tmp_path, WAIVER + "population: [web1, web2]\n", other))
    assert [one.id for one in made.waivers] == ["cron-on-legacy", "cron-here"]
    assert made.population.hosts == ("web1", "web2", "db1")
    assert made.population.source == "the register"
    assert made.population.file == f"{tmp_path}/a/site.yml, {tmp_path}/b/site.yml"
    assert site.joined([]) == site.Site()


def test_one_population_is_stated_for_all_sites(tmp_path):
    made = two(tmp_path, "population: [web1]\n", "")
    assert site.joined(made).population == made[0].population


def test_one_waiver_in_two_sites_is_one_and_two_of_one_name_are_refused(tmp_path):
    same, copy = two(tmp_path, WAIVER, "\n" + WAIVER)
    assert site.joined([same, copy]).waivers == same.waivers
    (tmp_path / "b" / "site.yml").write_text(WAIVER.replace("legacy*", "web*"))
    with pytest.raises(CatalogueError) as told:
        site.joined([same, site.load(str(tmp_path / "b"), 365, NOW)])
    assert (told.value.file, told.value.line) == (str(tmp_path / "b" / "site.yml"), 2)
    assert f"{tmp_path}/a/site.yml:2" in told.value.message
