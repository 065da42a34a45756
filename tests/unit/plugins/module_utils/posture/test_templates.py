# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RequirementError
from ansible_collections.auditops.trail.plugins.module_utils.posture import templates

PRIVILEGED = {"complete": True, "commands": [{"path": "/usr/bin/su"}, {"path": "/opt/my tool"}]}
CONTROL = {"id": "one", "for_each": "privileged.commands", "record": ["-w {path} -p x"]}


def posture(**parts):
    return dict({"errors": {}, "privileged": PRIVILEGED}, **parts)


def test_a_line_is_made_for_each_item_and_spaces_are_escaped():
    found = templates.fill(CONTROL, posture())
    assert found.lines == ["-w /usr/bin/su -p x", "-w /opt/my\\ tool -p x"]
    assert (found.number, found.source) == (2, "privileged.commands")


def test_items_that_are_texts_are_called_item():
    control = {"for_each": "params.places", "items": ["/srv/a", "/srv/b"], "record": ["-w {item} -p rwxa"]}
    assert templates.fill(control, {}).lines == ["-w /srv/a -p rwxa", "-w /srv/b -p rwxa"]


def test_a_list_that_is_not_whole_is_no_list():
    cut = dict(PRIVILEGED, complete=False, incomplete="the search stopped after 20 s")
    with pytest.raises(EvidenceError, match="stopped after 20 s"):
        templates.fill(CONTROL, posture(privileged=cut))


@pytest.mark.parametrize(
    "change", [{"privileged": None}, {"privileged": {"commands": None, "not_seen": ["/x: denied"]}}]
)
def test_a_list_that_is_not_there_is_an_error(change):
    with pytest.raises(EvidenceError):
        templates.fill(CONTROL, posture(**change))


def test_a_collector_that_failed_tells_why():
    made = posture(errors={"privileged": {"message": "no such thing", "file": None, "line": None, "remedy": "look."}})
    with pytest.raises(EvidenceError, match="no such thing"):
        templates.fill(CONTROL, made)


def test_an_item_that_no_rule_can_name_is_told():
    odd = {"complete": True, "commands": [{"path": "/opt/a\nb"}]}
    with pytest.raises(RequirementError, match="privileged.commands"):
        templates.fill(CONTROL, posture(privileged=odd))


def test_an_item_without_what_the_line_asks_for_is_told():
    with pytest.raises(RequirementError, match="asks for path"):
        templates.fill(CONTROL, posture(privileged={"complete": True, "commands": [{"file": "/x"}]}))


def test_items_of_the_site_go_into_the_plan():
    assert templates.items_of({"for_each": "params.places"}, {"places": ["/a"]}) == ["/a"]
    assert templates.items_of({"for_each": "params.places"}, {}) == []
    assert templates.items_of({"for_each": "privileged.commands"}, {}) is None


def test_a_mapping_is_a_list_of_one():
    control = {"for_each": "logs.directory", "record": ["-w {path} -p r"]}
    filled = templates.fill(control, posture(logs={"directory": {"path": "/var/log/audit"}}))
    assert filled == (["-w /var/log/audit -p r"], 1, "logs.directory")


def test_the_first_uid_of_people_is_the_hosts_own():
    control = {"record": ["-a always,exit -F arch=b64 -S chmod -F auid>={uid_min}"]}
    assert templates.needs_posture(control)
    filled = templates.fill(control, posture(host={"uid_min": 500}))
    assert filled == (["-a always,exit -F arch=b64 -S chmod -F auid>=500"], 1, "")
    control = {
        "for_each": "params.places",
        "items": ["/srv/a"],
        "record": ["-a always,exit -F dir={item} -F auid>={uid_min}"],
    }
    filled = templates.fill(control, posture(host={"uid_min": 500}))
    assert filled.lines == ["-a always,exit -F dir=/srv/a -F auid>=500"]


def test_without_the_hosts_part_a_line_for_people_is_an_error():
    with pytest.raises(EvidenceError, match="no part 'host'"):
        templates.fill({"record": ["-a always,exit -S chmod -F auid>={uid_min}"]}, posture())


def test_lines_without_a_place_need_no_posture():
    assert templates.fill({"record": ["-w /etc/passwd -p wa"]}, {}) == (["-w /etc/passwd -p wa"], 1, "")
