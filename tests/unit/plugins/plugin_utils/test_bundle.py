# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle of evidence: whole, checked with sha256sum, and judged again to the same verdicts."""

import json
import os
import shutil
import subprocess
from datetime import datetime, timezone

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import bundle, catalogue_loader, results, site  # noqa: E402

pytestmark = pytest.mark.controller
NOW = datetime(2026, 11, 26, 17, 0, 0, tzinfo=timezone.utc)
RESULT = {
    "host": "fe80::1%eth0", "started": "2026-11-26T17:00:00Z", "finished": "2026-11-26T17:00:01Z", "controls": [],
    "groups": ["web"], "profiles": [{"id": "baseline"}], "parameters": {"backlog_limit": 1},
    "catalogue": {"sha256": "ab"},
}  # fmt: skip
POSTURE = {"posture_version": 1, "collected": "2026-11-26T17:00:00Z"}


@pytest.fixture
def files(tmp_path):
    """What a host is judged by: the shipped catalogue, a site's folder, and another file of the same name."""
    own = tmp_path / "site"
    own.mkdir()
    (own / "site.yml").write_text(
        "population: scope.txt\ncontrols:\n  - {id: s.one, title: T, severity: low, why: w, manual: Ask.}\n"
    )
    (own / "scope.txt").write_text("web1\n")
    extra = tmp_path / "identity.yml"
    extra.write_text("controls: []\n")
    made = site.load(str(own), 365, NOW)
    paths = [*catalogue_loader.load().files, str(extra), str(own / "site.yml")]
    return bundle.sources(paths, catalogue_loader.digest(paths)["files"], made)


@pytest.fixture
def written(tmp_path, files):
    told = bundle.write(str(tmp_path / "evidence"), "2026-11-26T17-00-00Z-ab", POSTURE, RESULT, files)
    return told["folder"]


def test_it_holds_everything_and_sha256sum_agrees(written, tmp_path):
    assert written == str(tmp_path / "evidence" / "2026-11-26T17-00-00Z-ab" / "fe80::1%25eth0")
    assert sorted(os.listdir(written)) == ["SHA256SUMS", "catalogue", "manifest.json", "posture.json", "result.json"]
    assert sorted(os.listdir(os.path.join(written, "catalogue", "site"))) == ["scope.txt", "site.yml"]
    assert "identity.yml" in os.listdir(os.path.join(written, "catalogue", "shipped"))
    assert os.listdir(os.path.join(written, "catalogue", "extra")) == ["01-identity.yml"]
    assert bundle.verify(written) == []
    if shutil.which("sha256sum"):
        done = subprocess.run(["sha256sum", "--strict", "--check", "SHA256SUMS"], cwd=written, check=False)
        assert done.returncode == 0
    for base, _folders, names in os.walk(written):
        assert all(os.stat(os.path.join(base, name)).st_mode & 0o077 == 0 for name in names)
    assert os.stat(written).st_mode & 0o077 == 0
    assert os.listdir(os.path.dirname(written)) == ["fe80::1%25eth0"]


def test_the_manifest_tells_what_there_is(written):
    manifest = results.read_json(os.path.join(written, "manifest.json"))
    assert (manifest["host"], manifest["run"]) == ("fe80::1%eth0", "2026-11-26T17-00-00Z-ab")
    assert manifest["collected"] == "2026-11-26T17:00:00Z"
    (posture,) = [one for one in manifest["files"] if one["name"] == "posture.json"]
    assert posture["bytes"] == os.path.getsize(os.path.join(written, "posture.json"))


def test_the_sites_part_is_a_site_again(written):
    again = site.load(os.path.join(written, "catalogue", "site"), 365, NOW)
    assert again.population.hosts == ("web1",)


def change(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (lambda folder: change(os.path.join(folder, "posture.json"), " "), "posture.json was altered"),
        (lambda folder: change(os.path.join(folder, "manifest.json"), " "), "manifest.json was altered"),
        (lambda folder: os.unlink(os.path.join(folder, "result.json")), "result.json is missing"),
        (lambda folder: change(os.path.join(folder, "note.txt"), "x"), "note.txt was added"),
        (lambda folder: os.symlink("/etc", os.path.join(folder, "etc")), "etc was added"),
        (lambda folder: change(os.path.join(folder, "catalogue/site/site.yml"), "x"), "site/site.yml was altered"),
    ],
    ids=["posture", "manifest", "missing", "added", "link", "catalogue"],
)
def test_what_was_altered_is_told_and_not_judged_again(written, how, told):
    assert bundle.guard(os.path.join(written, "posture.json")) == ["web"]
    how(written)
    assert told in " ".join(bundle.verify(written))
    with pytest.raises(EvidenceError, match=told):
        bundle.guard(os.path.join(written, "posture.json"))


def test_sums_that_were_made_anew_do_not_agree_with_the_manifest(written):
    change(os.path.join(written, "posture.json"), " ")
    sums = os.path.join(written, "SHA256SUMS")
    with open(sums, encoding="ascii") as file:
        lines = [line for line in file if not line.endswith("  posture.json\n")]
    digest = bundle._digest(os.path.join(written, "posture.json"))
    with open(sums, "w", encoding="ascii") as file:
        file.writelines([*lines, f"{digest}  posture.json\n"])
    assert bundle.verify(written) == ["manifest.json and SHA256SUMS do not tell the same files."]


def test_what_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match="SHA256SUMS: cannot be read"):
        bundle.verify(str(tmp_path))
    (tmp_path / "SHA256SUMS").write_text("hello\n")
    with pytest.raises(EvidenceError, match="SHA256SUMS:1: is no line"):
        bundle.verify(str(tmp_path))


@pytest.mark.parametrize("gone", [["SHA256SUMS"], ["manifest.json"], ["SHA256SUMS", "manifest.json"]])
def test_a_bundle_without_its_sums_or_manifest_is_not_judged_again(written, tmp_path, gone):
    for name in gone:
        os.unlink(os.path.join(written, name))
    os.symlink(os.path.join(written, "posture.json"), str(tmp_path / "link.json"))
    for path in (os.path.join(written, "posture.json"), str(tmp_path / "link.json")):
        with pytest.raises(EvidenceError) as told:
            bundle.guard(path)
        assert all(f"{name} is missing." in str(told.value) for name in gone)


@pytest.mark.parametrize("named", ["../scope.txt", "{0}/scope.txt", "{0}/site/scope.txt"])
def test_a_list_of_hosts_that_lies_elsewhere_is_found_again_in_the_bundle(tmp_path, named):
    own = tmp_path / "site"
    own.mkdir()
    stated = named.format(tmp_path)
    (own / "ours.yml").write_text(f"population: {{file: {stated}}}\n")
    there = own / "scope.txt" if "site" in stated.split("/")[-2] else tmp_path / "scope.txt"
    there.write_text("web1\nweb2\n")
    kept = bundle.write(
        str(tmp_path / "e"), "r", POSTURE, RESULT, bundle.sources([], [], site.load(str(own), 365, NOW))
    )
    there.write_text("of another day\n".replace(" ", ""))
    copy = os.path.join(kept["folder"], "catalogue", "site")
    again = site.load(copy, 365, NOW)
    assert again.population.hosts == ("web1", "web2")
    there.unlink()
    assert site.load(copy, 365, NOW).population.hosts == ("web1", "web2")
    assert [one["name"] for one in again.files] == ["ours.yml", ".outside/scope.txt"]


def test_a_posture_in_no_bundle_is_not_looked_at(tmp_path):
    assert bundle.guard(str(tmp_path / "posture.json")) == []


def test_the_same_host_twice_in_one_run_is_kept_twice(written, tmp_path, files):
    again = bundle.write(str(tmp_path / "evidence"), "2026-11-26T17-00-00Z-ab", POSTURE, RESULT, files)
    assert again["folder"] == written + "-2"
    assert bundle.verify(written) == bundle.verify(again["folder"]) == []


def test_a_file_that_was_changed_meanwhile_is_refused_and_nothing_is_left(tmp_path, files):
    change(files[0]["path"], "# later\n")
    with pytest.raises(TrailError, match="was changed while"):
        bundle.write(str(tmp_path / "evidence"), "run", POSTURE, RESULT, files)
    assert os.listdir(str(tmp_path / "evidence" / "run")) == []


def test_a_folder_that_cannot_be_written_to_is_told_by_its_variable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrailError, match="audit_compliance_evidence_dir"):
        bundle.write(str(tmp_path / "file"), "run", POSTURE, RESULT, [])


def test_a_hostile_name_stays_in_its_folder(tmp_path):
    for name in ("../../x", "..", "a/b"):
        told = bundle.write(str(tmp_path / "evidence"), "run", POSTURE, dict(RESULT, host=name), [])
        assert os.path.dirname(told["folder"]) == str(tmp_path / "evidence" / "run")
        with open(os.path.join(told["folder"], "result.json"), encoding="ascii") as file:
            assert json.load(file)["host"] == name
