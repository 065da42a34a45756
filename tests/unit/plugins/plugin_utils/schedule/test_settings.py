# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a schedule and its secrets."""

import json
import os

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import playbook, settings  # noqa: E402

pytestmark = pytest.mark.controller


def secrets(scene, mode=0o600, **told):
    path = scene.at("secrets.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(told, out)
    os.chmod(path, mode)
    return settings.parse(dict(scene.told, secrets=path), "x")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"time_limt": 1}, "no setting time_limt"),
        ({"time_limit": "1"}, "time_limit is '1'"),
        ({"time_limit": True}, "time_limit is True"),
        ({"time_limit": 0}, "a second at least"),
        ({"mail_to": "ops@example.org"}, "mail_to is 'ops@example.org'"),
        ({"inventory": []}, "inventory names nothing"),
        ({"name": "a b"}, "no plain word"),
        ({"data": ""}, "data is not given"),
        ({"mode": "push"}, "control or pull"),
        ({"mode": "pull"}, "needs host"),
        ({"least_severity": "severe"}, "none of low"),
        ({"pull_url": "https://git.example.org/site"}, "is for mode pull"),
        ({"mail_to": ["ops@example.org\n"]}, "no address"),
        ({"mail_to": ["ops@example.org", " "]}, "no address"),
        ({"mail_from": "a@example.org\nBcc: b@example.org"}, "no address"),
        ({"variables": {"audit_compliance_result_dir": "/x"}}, "audit_compliance_result_dir is the runner's own"),
    ],
)
def test_what_does_not_hold_together_is_refused_with_its_name(scene, more, told):
    with pytest.raises(TrailError, match=told):
        settings.parse(dict(scene.told, **more), "settings.json")


def test_a_number_in_the_environment_is_told_and_no_secret_beside_it(scene):
    given = {"ANSIBLE_FORKS": 20, "AWS_SECRET_ACCESS_KEY": "verysecret"}
    with pytest.raises(TrailError, match="something else than a text for ANSIBLE_FORKS, which") as caught:
        settings.parse(dict(scene.told, environment=given), "settings.json")
    assert "verysecret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://hooks.example.org/x", "ftp://example.org", "hooks", "https://", "file:///etc/shadow", "https://[x"]
)
def test_an_address_that_others_could_read_along_is_refused_and_not_told(scene, url):
    with pytest.raises(TrailError) as caught:
        settings.webhook(secrets(scene, webhook_url=url))
    assert url == "hooks" or url not in str(caught.value).replace("https:// (", "")


@pytest.mark.parametrize("url", ["https://hooks.example.org/x", "http://localhost:8080/x", "http://127.0.0.1/x"])
def test_an_address_of_https_or_of_this_machine_is_taken(scene, url):
    assert settings.webhook(secrets(scene, webhook_url=url)).url == url


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_secrets_that_others_can_read_are_refused(scene, mode):
    with pytest.raises(TrailError, match="can be read by others"):
        settings.webhook(secrets(scene, mode, webhook_url="https://hooks.example.org/x"))


def test_without_secrets_there_is_no_webhook(scene):
    assert settings.webhook(settings.parse(scene.told, "x")) is None
    assert settings.webhook(settings.parse(dict(scene.told, secrets=scene.at("none")), "x")) is None


def test_the_command_of_ansible_pull_takes_the_host_by_its_name_in_the_report(scene):
    told = settings.parse(
        dict(scene.told, mode="pull", host="web1", pull_url="https://git.example.org/site", pull_branch="main",
             playbook="compliance.yml"),
        "x",
    )  # fmt: skip
    command = playbook.command(told, "/v.json")
    assert command[0].endswith("/ansible-pull")
    assert command[1:] == [
        "-U", "https://git.example.org/site", "-C", "main", "-d", os.path.join(scene.data, "checkout"), "--clean",
        "-i", "hosts,", "--limit", "web1", "-e", "@/v.json", "compliance.yml",
    ]  # fmt: skip


def test_the_environment_of_a_run_is_its_own(scene):
    told = settings.parse(dict(scene.told, environment={"ANSIBLE_FORKS": "20"}), "x")
    found = playbook.environ(told, {"PATH": "/bin", "ANSIBLE_CONFIG": "/x", "HOME": "/h", "https_proxy": "p"})
    assert found["PATH"] == scene.at("bin") + ":/bin"
    assert (found["HOME"], found["https_proxy"], found["ANSIBLE_FORKS"]) == ("/h", "p", "20")
    assert "ANSIBLE_CONFIG" not in found
    assert found["LC_ALL"] == "C.UTF-8"
