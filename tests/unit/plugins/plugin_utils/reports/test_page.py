# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as text: what stands in it, what must never stand in it, and how large it is."""

import html.parser
import re

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")
pytest.importorskip("jinja2", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import results  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import evidence, front, page, writing  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller
VOID = {"meta", "br", "input", "line", "rect", "link", "img", "hr"}
OPTIONAL = {"td"}  # its end tag is left out in the matrix


class Reader(html.parser.HTMLParser):
    """Collects tags, attributes and text, and what is not closed."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.links, self.text, self.open, self.astray = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src", "action", "data", "srcset", "poster")]
        if tag not in VOID | OPTIONAL:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID | OPTIONAL:
            return
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.astray.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@pytest.fixture(scope="module")
def fleet():
    return fleets.fleet(9, 36)


@pytest.fixture(scope="module")
def text(fleet):
    return page.render(fleet)


@pytest.fixture(scope="module")
def reader(text):
    return read(text)


@pytest.fixture(scope="module")
def words(reader):
    return re.sub(r"\s+", " ", "".join(reader.text))


def test_every_element_is_closed_and_every_id_is_there_once(reader):
    assert (reader.open, reader.astray) == ([], [])
    assert len(set(reader.ids)) == len(reader.ids)


def test_every_link_leads_to_a_place_on_the_page(reader):
    assert reader.links
    assert [link for link in reader.links if not link.startswith("#") or link[1:] not in reader.ids] == []


def test_nothing_is_asked_of_a_network(text, reader):
    assert not re.search(r"@import|url\(|https?://", text.replace("Content-Security-Policy", ""))
    policy = next(one["content"] for tag, one in reader.tags if one.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert {tag for tag, _attributes in reader.tags} & {"img", "iframe", "object", "embed", "link", "base"} == set()


def test_hostile_names_are_text(text, reader, words):
    assert sum(1 for tag, _attributes in reader.tags if tag == "script") == 1
    assert [one for _tag, one in reader.tags for name in one if name.startswith("on")] == []
    for shown in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}{% raw %}", "two\\x0alines"):
        assert shown in words
    assert "ho\\u202est\\u202c.example" in words
    assert "\u202e" not in text
    assert "\x00" not in text
    assert "The vendor's <b>agent</b> needs it" in words
    assert not any(tag == "b" and not attributes for tag, attributes in reader.tags)


def test_it_never_judges_the_organisation_and_keeps_no_score(words):
    said = words.lower()
    for word in ("compliant", "compliance with", "passed pci", "%", "grade", "certif"):
        assert word not in said.replace("{% raw %}", ""), word
    assert "there is no score" in said


@pytest.mark.parametrize(
    "told",
    [
        "9 hosts assessed, 12 in scope, 11 in the inventory",
        "2 not assessed",
        "db1.example.org",
        "Connection timed out",
        "In scope, and not in the inventory: legacy1.example.org",
        "2026-11-26 17:00 UTC to 2026-11-26 17:08 UTC",
        "History: 12 runs from 2026-09-02 04:00 UTC",
        "Every time on this page is UTC",
        "Read as root on 8 hosts, deploy on 1 host",
        f"sha256 {fleets.SHA}",
        "What “covered” does not mean",
        "a file opened with open_by_handle_at (CAP_DAC_READ_SEARCH) is not matched by its path. all 9 assessed hosts",
        "it is not a compensating control",
        "The waiver W-old has expired",
        "Records lost since the last run",
        "Failing since this run",
        "Mended since the last run",
        "failing since 2026-09-02 04:00 UTC",
        "Tested by",
        "Ask for the reviews of passwd of ten days in the period, with reviewer and outcome",
    ],
)
def test_it_says(words, told):
    assert told in words


def test_a_gap_has_its_event_its_reason_and_its_lines_to_copy(text, words):
    assert "A 64-bit openat by auid 1000 as uid 0 that opens /etc/passwd for writing leaves no record" in words
    line = "-a always,exit -F arch={0} -F path=/etc/passwd -F perm=wa -k audit"
    assert f'<pre class="copy">{line.format("b64")}\n{line.format("b32")}</pre>' in text
    assert "Why it matters Whoever can touch passwd unseen can stay" in words


def test_raw_evidence_stands_once_with_its_hash(fleet, text):
    for result in fleet["results"]:
        for control in result["controls"]:
            assert evidence.digest(evidence.canonical(control))[:16] in text
    for name in {control["id"] for result in fleet["results"] for control in result["controls"]}:
        assert text.count(f'id="evidence-{name}"') == 1


def test_the_hash_of_a_host_is_that_of_its_file(fleet, tmp_path):
    for result in fleet["results"]:
        results.write_json(results.host_file(str(tmp_path), result["host"]), result)
    results.write_json(str(tmp_path / results.FLEET_FILE), fleet)
    (written,) = writing.write(str(tmp_path), fleet, ["html"])
    with open(written, encoding="utf-8") as file:
        text = file.read()
    for path in [tmp_path / results.FLEET_FILE, *(tmp_path / "hosts").iterdir()]:
        assert front.file_digest(str(path)) in text, path


def test_older_results_without_the_new_keys_have_a_page_too():
    made = fleets.fleet(2, 12, hostile=False)
    for name in ("population", "waivers", "findings", "history", "run", "catalogue"):
        del made[name]
    for result in made["results"]:
        del result["catalogue"], result["lost"]
        for profile in result["profiles"]:
            del profile["framework"]
        for control in result["controls"]:
            for name in ("kind", "ask", "sample", "expanded", "parameters", "waiver", "history"):
                del control[name]
    reader = read(page.render(made))
    assert "controls-identity" in reader.ids
    assert (reader.open, reader.astray) == ([], [])


def test_a_run_without_an_assessed_host_says_so():
    words = re.sub(r"\s+", " ", "".join(read(page.render(fleets.fleet(0, 12))).text))
    assert "0 hosts assessed" in words
    assert "db2.example.org" in words


def test_a_fleet_of_200_hosts_and_120_controls_is_a_page_below_4_mb():
    assert len(page.render(fleets.fleet(200, 120)).encode()) < 4_000_000
