# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as text: what stands in it, what must never stand in it, and how large it is."""

import html.parser
import os
import re
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")
pytest.importorskip("jinja2", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import fleet_parts, history, results  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import (  # noqa: E402
    evidence,
    front,
    page,
    requirements,
    writing,
)
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller
VOID = {"meta", "br", "input", "line", "rect", "link", "img", "hr"}
BLOCKS = {"details", "div", "dl", "ol", "p", "pre", "table", "ul"}
OPTIONAL = {"td"}  # its end tag is left out in the matrix


class Reader(html.parser.HTMLParser):
    """Collects tags, attributes and text, and what is not closed."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.links, self.text, self.open, self.astray = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in BLOCKS and "p" in self.open:
            self.astray.append(tag)  # a browser would end the paragraph here
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


def test_many_hosts_break_no_paragraph():
    reader = read(page.render(fleets.fleet(40, 24)))
    assert any(attributes.get("class") == "more" for _tag, attributes in reader.tags)
    assert (reader.open, reader.astray) == ([], [])


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
        "In scope, but not in the inventory: legacy1.example.org.",
        "The scope is stated by the asset register of November (audit_compliance_population)",
        "2026-11-26 17:00 UTC to 2026-11-26 17:08 UTC",
        "History: 12 runs from 2026-09-02 04:00 UTC",
        "Every time on this page is UTC",
        "Read as root on 8 hosts, deploy on 1 host",
        f"sha256 {fleets.SHA}",
        "What \u201ccovered\u201d does not mean",
        "a file opened with open_by_handle_at (CAP_DAC_READ_SEARCH) is not matched by its path. all 9 assessed hosts",
        "it is not a compensating control",
        "The tables go on beyond the edge of a narrow screen",
        "Risk acceptance W-old: it has expired",
        "Failed before, and no longer judged",
        "Nothing shows that it was mended",
        "The period is 2025-11-26 to 2026-11-26, UTC. 12 runs saw 9 hosts",
        "the longest time in which no host was judged, the ends of the period included, is 280 days",
        "Controls that failed in the period",
        "Hosts seen in the period: 11",
        "3 of 12 hosts in scope were not assessed",
        "1 question open",
        "To be asked",
        "Assertion: passwd.active, and kept for at least 90 days",
        "Parameter retention_days: 90 (PCI DSS names three months at hand)",
        "Collected 2026-11-26 17:00 UTC to 2026-11-26 17:08 UTC, by auditor. 9 of 12 hosts in scope assessed.",
        "Told once, under PCI DSS 4.0.1, 10.2.1",
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


def test_the_oldest_date_of_a_shared_gap_is_told_and_what_is_new_apart():
    made = fleets.fleet(3, 1, hostile=False)
    ages = [("still", "2026-10-01T00:00:00Z"), ("still", "2026-09-01T00:00:00Z"), ("new", "2026-11-26T17:00:00Z")]
    for result, (state, since) in zip(made["results"], ages):
        reasons = {"verdict": "fail", "coverage": [], "reasons": ["r"], "remedy": [], "waiver": None}
        result["controls"][0].update(reasons, history={"state": state, "since": since})
    assert "failing since 2026-09-01 00:00 UTC; new in this run on 1 host<" in page.render(made)


def test_a_gap_that_passes_by_another_value_is_not_told_as_mended():
    made = fleets.fleet(1, 1, hostile=False)
    made["history"]["dropped"] = []
    for result in made["results"]:
        del result["controls"][1:]
        told = {"state": "changed", "before": "fail", "otherwise": True, "since": "2026-09-01T00:00:00Z"}
        result["controls"][0].update({"verdict": "pass", "reasons": [], "remedy": [], "waiver": None}, history=told)
        result["lost"] = None
    text = page.render(made)
    assert "Failed before, and passes by another rule or value: 1 control" in text
    assert "nothing was mended" not in text and "Mended since" not in text


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


def test_the_hash_of_the_tool_is_what_the_documented_command_prints(repository):
    if shutil.which("sha256sum") is None or shutil.which("xargs") is None:
        pytest.skip("coreutils or findutils are not installed")
    with open(os.path.join(repository, "docs", "reference", "reports.md"), encoding="utf-8") as file:
        command = next(line[2:] for line in file if line.startswith("$ find . "))
    done = subprocess.run(
        ["sh", "-c", command], cwd=os.path.join(repository, "plugins"), stdout=subprocess.PIPE, check=True
    )
    front.tool_digest.cache_clear()
    assert done.stdout.decode().split(" ")[0] == front.tool_digest()


def test_a_rule_between_backquotes_is_code_and_still_text(fleet):
    text = page.render(fleet)
    assert "(<code>-a never,exit -F arch=b32 -S chmod,fchmod,fchmodat</code>) matches it first" in text


def test_older_results_without_the_new_keys_have_a_page_too():
    made = fleets.fleet(2, 12, hostile=False)
    for name in ("population", "waivers", "findings", "history", "period", "run", "catalogue"):
        del made[name]
    for result in made["results"]:
        del result["catalogue"], result["lost"]
        for profile in result["profiles"]:
            del profile["framework"]
        for control in result["controls"]:
            for name in ("kind", "ask", "sample", "expanded", "parameters", "waiver", "history", "criterion"):
                del control[name]
    reader = read(page.render(made))
    assert "controls-identity" in reader.ids
    assert (reader.open, reader.astray) == ([], [])


def test_a_run_without_an_assessed_host_says_so():
    words = re.sub(r"\s+", " ", "".join(read(page.render(fleets.fleet(0, 12))).text))
    assert "0 hosts assessed" in words
    assert "db2.example.org" in words


def test_a_fleet_of_200_hosts_and_120_controls_is_a_page_below_5_mb():
    assert len(page.render(fleets.fleet(200, 120)).encode()) < 5_000_000


def sheets(text):
    """The requirements of a page, each as what a sheet of paper shows of it, by its place on the page."""
    found = re.findall(r'<section class="requirement" id="([^"]+)"(.*?)</section>', text, re.S)
    return {name: "".join(read("<section " + body).text) for name, body in found}


def test_each_sheet_holds_every_hash_of_its_controls_or_says_where_and_where_it_comes_from(fleet, text):
    made = sheets(text)
    held = {}
    for entry in requirements.compute(fleet):
        sheet = made[f"{entry['framework']}-{entry['id']}"]
        assert "9 of 12 hosts in scope assessed" in sheet
        assert f"Catalogue sha256 {fleets.SHA}" in sheet
        for name in {one["id"] for one in entry["controls"]}:
            hashes = {
                evidence.digest(evidence.canonical(control))[:16]
                for result in fleet["results"]
                for control in result["controls"]
                if control["id"] == name
            }
            place = f"{entry['framework_title']} {entry['version']}, {entry['id']}"
            if held.setdefault(name, place) == place:
                assert [one for one in hashes if one not in sheet] == [], (entry["id"], name)
            else:
                told = re.findall(f"Told once, under {re.escape(held[name])}: (.+)\\.", sheet)
                assert any(name in one.split(", ") for one in told), (entry["id"], name)
    assert len(set(held.values())) < len(held)


def test_one_signs_after_the_evidence_and_not_before_it(text):
    bodies = re.findall(r'<section class="requirement"(.*?)</section>', text, re.S)
    assert any('<details class="evidence"' in body for body in bodies)
    for body in bodies:
        assert body.rindex('<div class="sign"') > max(body.rfind('class="evidence'), body.rfind("<h4>"))


def test_every_sheet_has_the_run_and_its_requirement_in_the_margin(text, reader):
    rules = dict(re.findall(r'@page (\w+) \{ @bottom-left \{ content: "([^"]*)"', text))
    pages = [one["style"] for _tag, one in reader.tags if one.get("class") == "requirement"]
    assert sorted(pages) == sorted(f"page: {name}" for name in rules)
    assert "Audit trail evidence, run of 2026-11-26 17:09 UTC; PCI DSS 4.0.1, 10.2.1.5" in rules.values()
    assert '@page { @bottom-left { content: "Audit trail evidence, run of 2026-11-26 17:09 UTC" } }' in text


def test_a_requirement_of_the_site_stays_text_in_the_margin():
    made = fleets.fleet(1, 1, hostile=False)
    name = '"}</style><script>alert(1)</script>\\'
    made["results"][0]["controls"][0]["references"][0]["id"] = name
    text = page.render(made)
    assert text.count("</style>") == text.count("<script>") == 1
    said = ("PCI DSS 4.0.1, " + name).encode().hex()
    margins = re.findall(r'content: "([^"]*)"', text)
    plain = [re.sub(r"\\([0-9a-f]{6})", lambda one: chr(int(one.group(1), 16)), one) for one in margins]
    assert said in [one.partition("; ")[2].encode().hex() for one in plain]


def test_a_requirement_that_is_no_longer_in_force_counts_nowhere(fleet, text, words):
    states = [one["state"] for one in requirements.compute(fleet)]
    counts = [int(count) for count in re.findall(r'<span class="figure">(\d+)</span>', text)]
    assert states.count("superseded") == 1
    assert sum(counts[:8]) == len(states) - 1
    assert "10.7.2 is in force in its place; it is in none of the counts." in words
    assert "SupersededAnother requirement is in force in its place." in words


def waivers_of(made):
    """The words of each waiver of a page."""
    articles = re.findall(r'<article class="waiver">(.*?)</article>', page.render(made), re.S)
    return [re.sub(r"\s+", " ", "".join(read(one).text)) for one in articles]


def waived(waiver, verdicts):
    """A fleet in which a waiver touches ``first`` on each host; by host, the verdict."""
    made = fleets.fleet(4, 1, hostile=False)
    control = made["results"][0]["controls"][0]["id"]
    for result, verdict in zip(made["results"], verdicts):
        details = {
            key: waiver.get(key) for key in ("id", "justification", "approved_by", "granted", "expires", "state")
        }
        result["controls"][0].update(verdict=verdict, waiver=details, remedy=[], reasons=["r"], coverage=[])
    made["waivers"] = [dict(waiver, controls=[control], file="w.yml", line=1)]
    return made


WAIVER = {
    "id": "W", "justification": "It is replaced soon.", "approved_by": "J", "ticket": None, "granted": "2026-01-02",
    "expires": "2026-12-31", "due_days": 35, "hosts": ["web0*"], "groups": ["db", "edge"], "used_on": 2,
    "state": "active", "failing": [], "unseen": ["db1"],
}  # fmt: skip


def test_an_accepted_risk_tells_since_when_for_which_hosts_and_where_it_was_used():
    (told,) = waivers_of(waived(WAIVER, ["waived", "waived"]))
    assert "Granted2026-01-02" in told.replace(" ", "")
    assert "hosts web0*" not in told and "host web0*; groups db, edge" in told
    assert "2 of 4 hosts: web001.example.org, web002.example.org" in told
    assert "could not be judged by all that it names: db1" in told
    (told,) = waivers_of(waived(dict(WAIVER, granted=None, hosts=["all"], groups=[]), ["waived"]))
    assert "Grantednotstated" in told.replace(" ", "")
    assert "every host" in told


def test_an_expired_waiver_tells_what_fails_under_it():
    gone = dict(WAIVER, state="expired", expires="2026-10-31", due_days=-26, used_on=0)
    made = waived(gone, ["fail", "fail", "fail"])
    (told,) = waivers_of(made)
    assert "identity.passwd on 3 of 4 hosts: web001.example.org, web002.example.org, web003.example.org" in told
    assert "Used on" not in told and "0 hosts" not in told
    assert "over, on 2026-01-02 until the end of 2026-10-31" in re.sub(r"\s+", " ", page.render(made))
    made["results"] = made["results"][3:]
    (told,) = waivers_of(made)
    assert "Failsunderitnothingthatwasjudged" in told.replace(" ", "")


def test_the_hash_of_uncut_values_stands_beside_what_was_cut(fleet, text):
    assert f" · values {fleets.SHA[:16]}" in text
    one = dict(fleet["results"][0]["controls"][0], evidence_sha256="a" * 64)
    assert evidence.canonical(one) != evidence.canonical(dict(one, evidence_sha256="b" * 64))


def test_the_documented_command_prints_the_hash_of_raw_evidence(fleet, repository, tmp_path):
    with open(os.path.join(repository, "docs", "reference", "reports.md"), encoding="utf-8") as file:
        script = re.search(r"<<'END'\n(.*?)\nEND\n", file.read(), re.S).group(1)
    result = fleet["results"][0]
    path = tmp_path / "host.json"
    results.write_json(str(path), result)
    for control in result["controls"][:12]:
        command = [sys.executable, "-c", script, str(path), control["id"]]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        assert told == evidence.digest(evidence.canonical(control))[:16]


def test_no_demand_is_left_out_and_none_is_taken_where_it_is_not_applicable():
    made = fleets.fleet(3, 1, hostile=False)
    for place, result in enumerate(made["results"]):
        control = result["controls"][0]
        entry = control["coverage"][0]
        control["coverage"] = [dict(entry, requirement=f"-w /etc/{place}{number} -p wa") for number in range(7)]
    made["results"][0]["controls"][0].update(verdict="not_applicable", remedy=[])
    reader = read(page.render(made))
    words = re.sub(r"\s+", " ", "".join(reader.text))
    assert (reader.open, reader.astray) == ([], [])
    assert "14 demands:" in words and "and 10 more" in words
    tested = words[words.index("14 demands:") : words.index("What to ask for", words.index("14 demands:"))]
    for number in range(7):
        assert f"-w /etc/1{number} -p wa on 1 host" in tested
        assert f"-w /etc/0{number} -p wa" not in tested


def test_a_scope_that_nobody_stated_is_said_on_the_front_page_with_what_to_ask_for():
    words = re.sub(r"\s+", " ", "".join(read(page.render(fleets.fleet(2, 12, stated=False, gone=False))).text))
    assert "Scope: not stated. 2 hosts assessed" in words
    assert words.count("Ask for the list of system components in scope") == 3
    assert "2 of 2 hosts of this run assessed; the scope is not stated" in words


def test_a_saved_postures_page_shows_no_run_of_no_hosts():
    made = fleets.fleet(1, 12, hostile=False, gone=False)
    for result in made["results"]:
        result["evidence"].update(source="saved posture", file="a.json")
    made = fleet_parts.with_history(made, history.History(), "", fleets.NOW)
    words = re.sub(r"\s+", " ", "".join(read(page.render(made)).text))
    assert (made["history"]["runs"], made["period"]["runs"]) == ([], [])
    assert "The history knows no run" in words
    assert "The runs of the period" not in words


def test_no_sentence_ends_twice():
    made = fleets.fleet(2, 24, hostile=False)
    for result in made["results"]:
        result["limits"] = ["a limit that ends."]
        for control in result["controls"]:
            control["reasons"] = [f"{reason}." for reason in control["reasons"]]
    words = "".join(read(page.render(made)).text)
    assert "could not be read." in words and "a limit that ends." in words
    assert ".." not in words.replace("...", "")
    assert "1 different answer" not in words and "one answer" in words


def test_nothing_is_said_of_hosts_that_were_compared_with_nothing():
    made = fleets.fleet(3, 12, hostile=False)
    for result in made["results"]:
        for control in result["controls"]:
            control.update(verdict="pass", history={"state": "unchanged", "since": None, "before": "pass"})
        result["lost"] = None
    said = "".join(read(page.render(made)).text)
    assert "could be compared" not in said
    assert "Nothing has begun to fail since, and nothing was mended." in said
    number = len(made["results"])
    for control in made["results"][0]["controls"]:
        control["history"] = None
    said = "".join(read(page.render(made)).text)
    assert f"{number - 1} of {number} hosts could be compared" in said
    for result in made["results"]:
        for control in result["controls"]:
            control["history"] = None
    said = "".join(read(page.render(made)).text)
    assert f"0 of {number} hosts could be compared" in said
    assert "nothing was mended" not in said
