# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a schedule could make a run."""

import json
import os
import sys

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import checking, settings  # noqa: E402
from ansible_collections.auditops.trail.tests.unit.scheduled import script  # noqa: E402

pytestmark = pytest.mark.controller


@pytest.fixture
def check(scene):
    """``check({"web1": {}}, drop="/none")``: the faults of a schedule over these hosts."""
    os.makedirs(scene.data)

    def faults(hosts, code=0, config="", **more):
        listed = {"_meta": {"hostvars": {name: own for name, own in hosts.items() if own}},
                  "all": {"children": ["ungrouped"]}, "ungrouped": {"hosts": sorted(hosts)}}  # fmt: skip
        text = f"#!{sys.executable}\nimport sys\nprint({json.dumps(listed)!r})\nsys.stderr.write('no file')\n"
        script(scene.at("bin", "ansible-inventory"), f"{text}sys.exit({code})\n")
        script(scene.at("bin", "ansible-config"), f"#!/bin/sh\ncat <<'END'\n{config}\nEND\n")
        return checking.faults(settings.parse(dict(scene.told, **more), "settings.json"))

    return faults


def test_a_schedule_that_can_run_has_no_faults(check):
    assert check({"web1": {}, "ctl": {"ansible_connection": "local"}}) == []


def test_the_values_of_variables_are_left_to_the_run_which_knows_the_site_too(check):
    for value in ("{{ ours }}", ["ours"], None):
        assert check({"web1": {}}, variables={"audit_compliance_profiles": value}) == []


def test_a_program_that_is_to_push_and_is_not_there_is_told(check):
    (fault,) = check({"web1": {}}, push=["no-such-rsync", "{folder}"])
    assert fault.startswith("no-such-rsync: there is no such program")


def test_a_machine_is_not_judged_from_within_a_unit_that_sees_other_mounts(check):
    (fault,) = check({"web1": {}, "ctl": {"ansible_connection": "local"}}, hardened=True)
    assert fault.startswith("ctl would be judged within the unit")
    assert "audit_compliance_schedule_hardening: false" in fault


def test_a_source_of_the_inventory_that_gives_nothing_is_no_smaller_inventory(scene):
    folder = os.path.dirname(sys.executable)
    if not os.path.exists(os.path.join(folder, "ansible-inventory")):
        pytest.skip("there is no ansible-inventory beside the Python that runs the tests")
    os.makedirs(scene.data)
    os.makedirs(scene.at("inventory"))
    with open(scene.at("inventory", "hosts.yml"), "w", encoding="utf-8") as out:
        out.write("all: {hosts: {web1: {}}}\n")
    told = settings.parse(dict(scene.told, bin=folder, inventory=[scene.at("inventory")]), "x")
    assert checking.faults(told) == []
    script(scene.at("inventory", "cloud.sh"), "#!/bin/sh\necho the cloud does not answer >&2; exit 1\n")
    (fault,) = checking.faults(told)
    assert fault.startswith("the inventory could not be read") and scene.at("inventory", "cloud.sh") in fault
    assert checking.faults(settings.parse(dict(
        scene.told, bin=folder, inventory=[scene.at("inventory")],
        environment={"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "false"},
    ), "x")) == []  # fmt: skip


@pytest.mark.parametrize(
    ("more", "local"),
    [
        ({}, False),
        ({"arguments": ["--connection=local"]}, True),
        ({"arguments": ["--forks", "9", "-c", "local"]}, True),
        ({"arguments": ["-clocal"]}, True),
        ({"arguments": ["-c", "ssh"], "config": "DEFAULT_TRANSPORT(/etc/ansible/ansible.cfg) = local"}, False),
        ({"config": "CONFIG_FILE() = None\nDEFAULT_TRANSPORT(env: ANSIBLE_TRANSPORT) = local"}, True),
    ],
)
def test_by_whatever_way_it_is_told_to_be_judged_there(check, more, local):
    faults = check({"web1": {}, "db1": {"ansible_connection": "ssh"}}, hardened=True, **more)
    assert [fault.partition(" ")[0] for fault in faults] == (["web1"] if local else [])


def test_variables_of_the_run_are_asked_for_with_the_inventory(check, scene):
    check({"web1": {}})
    told = settings.parse(dict(scene.told, variables={"ansible_connection": "local"}, arguments=["-e", "x=1"]), "x")
    script(scene.at("bin", "ansible-inventory"), f'#!/bin/sh\necho "$*" > {scene.at("asked")}; echo "{{}}"\n')
    checking.faults(told)
    with open(scene.at("asked"), encoding="utf-8") as source:
        assert source.read() == '--list -i hosts, -e {"ansible_connection": "local"} -e x=1\n'


def test_what_a_host_has_dropped_for_nobody_else_is_told(check, scene, monkeypatch):
    real = os.access

    def access(path, mode):
        """Root may read everything, and the user of the runs is none."""
        return real(path, mode) and (not mode & os.R_OK or bool(os.stat(path).st_mode & 0o044))

    monkeypatch.setattr(checking.os, "access", access)
    drop = scene.at("drop")
    for host in ("web1", "web2", "web3", "new"):
        os.makedirs(os.path.join(drop, host, "hosts"))
    for host in ("web1", "web2", "web3"):
        path = os.path.join(drop, host, "hosts", host + ".json")
        with open(path, "w", encoding="utf-8") as out:
            out.write("{}")
        os.chmod(path, 0o600 if host == "web2" else 0o644)
    os.chmod(os.path.join(drop, "web3", "hosts"), 0o300)
    faults = check({"ctl": {}}, drop=drop)
    assert [fault.partition(": ")[0][len(drop) :] for fault in faults] == ["/web2/hosts/web2.json", "/web3/hosts"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"hosts": {}}, "holds no host"),
        ({"code": 1}, "/ansible-inventory: no file"),
        ({"sendmail": "/none"}, "no mail system"),
        ({"textfile_dir": "/none"}, "cannot write"),
        ({"drop": "/none"}, "cannot read this drop folder"),
        ({"webhook_ca": "/none"}, "certificates"),
        ({"bin": "/none"}, "could not be read"),
        ({"variables": {"audit_compliance_profile": ["x"]}}, "did you mean audit_compliance_profiles?"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_would_keep_a_run_from_its_work_is_told(check, more, words):
    (fault,) = check(more.pop("hosts", {"web1": {}}), **more)
    assert words in fault


def test_secrets_that_others_can_read_are_a_fault(check, scene):
    with open(scene.at("secrets.json"), "w", encoding="utf-8") as out:
        out.write("{}")
    os.chmod(scene.at("secrets.json"), 0o644)
    (fault,) = check({"web1": {}}, secrets=scene.at("secrets.json"))
    assert "can be read by others" in fault
