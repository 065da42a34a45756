# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words: generated pages equal what is committed, links lead somewhere, the picture and the matrix are current."""

import html
import json
import os
import re

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import (  # noqa: E402
    catalogue_loader,
    plans,
    population,
    results,
    summary,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import writing  # noqa: E402

KEPT = ("privilege.sudoers", "admin.exec", "log.access")
"""What the picture shows in full, as tests/tools/picture.py says."""
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as stream:
        return stream.read()


def pages(repository):
    found = [os.path.join(repository, name) for name in ("README.md", "CONTRIBUTING.md")]
    for folder in ("docs", "roles"):
        for place, _folders, files in os.walk(os.path.join(repository, folder)):
            found.extend(os.path.join(place, name) for name in files if name.endswith(".md"))
    return found


def test_the_page_of_the_controls_is_what_the_catalogue_says(repository, tool):
    committed = read(repository, "docs", "reference", "controls.md")
    assert tool("generate_controls").generate(catalogue_loader.load()) == committed, (
        "run tests/tools/generate_controls.py"
    )


def test_the_example_is_what_its_script_makes(repository, tool):
    tool("layout").collections_path()
    assert tool("generate_example").generate() == read(repository, "docs", "examples", "gaps.json"), (
        "run tests/tools/generate_example.py"
    )


def test_links_lead_somewhere(repository):
    broken = [
        (os.path.relpath(page, repository), target)
        for page in pages(repository)
        for target in LINK.findall(read(page))
        if not os.path.exists(os.path.join(os.path.dirname(page), target))
    ]
    assert not broken


def test_the_matrix_of_the_readme_is_that_of_the_commands(repository):
    rows = {}
    for names, controller, target in re.findall(
        r"^\| (2\.[\d., ]+) \| (3[^|]+) \| (3[^|]+) \|$", read(repository, "README.md"), re.M
    ):
        for name in names.split(", "):
            rows[name] = [controller.strip().split(" to "), target.strip().split(" to ")]
    table = json.loads(read(repository, "tests", "tools", "cores.json"))
    assert rows == {name: [core["controller"], core["target"]] for name, core in table.items()}


def test_every_decision_is_listed(repository):
    folder = os.path.join(repository, "docs", "decisions")
    listed = re.findall(r"\]\((\d{4}-[^)]+\.md)\)", read(folder, "README.md"))
    assert sorted(listed) == sorted(name for name in os.listdir(folder) if name != "README.md")
    index = read(folder, "README.md")
    for name in listed:
        title = read(folder, name).partition("\n# ")[2].partition("\n")[0]
        assert "]({0}) | {1} |".format(name, title) in index


def rows_of(picture):
    """The rows of text in a picture, without white space, which it does not keep."""
    rows = {}
    for height, text in re.findall(r'<text x="[^"]+" y="(\d+)"[^>]*>(.*)</text>', picture):
        rows[height] = rows.get(height, "") + "".join(html.unescape(text).split())
    return list(rows.values())


def told(repository, profile):
    """What `make compliance` prints of the example, as lines."""
    made = results.read_posture(os.path.join(repository, "docs", "examples", "gaps.json"))
    selection = catalogue_loader.load().select([profile])
    judged = evaluate.judge(made, plans.of(selection, "auto"))
    one = results.host_result("web1", selection, made, judged, results.now(), {}, "gaps.json")
    fleet = dict(results.fleet_result([one], []), population=population.judge(None, {}, ["web1"], []))
    reports = [os.path.join("audit-compliance", name) for name in writing.FILES.values()]
    return summary.render(fleet, "audit-compliance/compliance.json", lambda words, _colour: words, files=reports)


def test_the_readme_shows_what_the_example_gives(repository):
    block = read(repository, "README.md").partition("$ POSTURE=docs/examples/gaps.json make compliance\n")[2]
    first, _command, second = block.partition("```")[0].partition("$ POSTURE=docs/examples/gaps.json PROFILE=")
    profile, _newline, second = second.partition(" make compliance\n")
    for shown, printed in ((first, told(repository, "baseline")), (second, told(repository, profile))):
        lines = [line for line in shown.splitlines() if line != "[…]"]
        assert lines and [line for line in lines if line not in printed] == []


def test_the_readme_counts_the_controls(repository):
    counted = dict(re.findall(r"`(\w+)` \((\d+)(?: controls)?\)", read(repository, "README.md")))
    profiles = catalogue_loader.load().profiles
    assert counted == {name: str(len(profile.controls)) for name, profile in profiles.items()}


def test_the_picture_shows_what_the_example_gives(repository, tool):
    """To draw it again: tests/tools/picture.py says how."""
    lines = told(repository, "baseline")
    picture = tool("picture")
    wanted = rows_of(picture.page(picture.choose(picture.read("\n".join(lines)), set(KEPT))))
    drawn = rows_of(read(repository, "docs", "images", "gaps.svg"))
    # The time of the run differs.
    assert [row for row in drawn if "UTC" not in row] == [row for row in wanted if "UTC" not in row]
    assert all(name in " ".join(drawn) for name in KEPT)


def test_the_picture_breaks_lines_at_spaces_below_their_text(tool):
    picture = tool("picture")
    words = [f"word{number}" for number in range(40)]
    line = [picture.Run("           because  ", "2"), picture.Run(" ".join(words), "")]
    rows = [picture.plain(row) for row in picture.wrap(line)]
    assert len(rows) > 1
    assert all(len(row) <= picture.COLUMNS for row in rows)
    assert [word for row in rows for word in row.split()] == ["because", *words]
    assert all(row.startswith(" " * 22 + "word") for row in rows[1:])


@pytest.mark.parametrize("length", [0, 1, 131, 132])
def test_a_line_that_fits_is_one_row(tool, length):
    picture = tool("picture")
    assert [picture.plain(row) for row in picture.wrap([picture.Run("x" * length, "")])] == ["x" * length]


def test_a_word_that_is_longer_than_a_row_is_not_lost(tool):
    picture = tool("picture")
    rows = picture.wrap([picture.Run("see " + "x" * 300 + " end", "0;31")])
    assert "".join(picture.plain(row) for row in rows).replace(" ", "") == "see" + "x" * 300 + "end"
    assert {run.colour for row in rows for run in row if run.text.strip()} == {"0;31"}
