# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices on their way: what is sent, and what is said where it is not taken."""

import dataclasses
import email
import email.policy
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import channels, notice, settings  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.problems import Problem  # noqa: E402

pytestmark = pytest.mark.controller
HOSTILE = "ho\u202est\r\nBcc: all@example.org"


@pytest.fixture
def told(scene):
    return settings.parse(scene.told, "settings.json")


def made(*found, first=False):
    return notice.make("try", "ctl", "2026-11-26T03-00-00Z-abcdef", "2026-11-26T03:00:05Z", found, [], first, "/runs/x")


FAILED = Problem("control", "web1", "identity.passwd", "high", "Changes are recorded", "An open leaves no record.")


class Server:
    """A webhook on this machine that answers with ``code``."""

    def __init__(self):
        self.got, self.code = [], 204
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(outer.code)
                if outer.code in (301, 302, 307):
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_arguments):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server():
    found = Server()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_a_webhook_gets_the_notice_as_json(server, told):
    hook = settings.Webhook(server.url, {"Authorization": "Bearer x"})
    channels.send("webhook", made(FAILED), told, hook)
    ((path, headers, body),) = server.got
    assert (path, headers["Content-Type"], headers["Authorization"]) == ("/hook", "application/json", "Bearer x")
    assert body["problems"] == [
        {
            "kind": "control", "host": "web1", "name": "identity.passwd", "severity": "high",
            "title": "Changes are recorded", "text": "An open leaves no record.", "checked": True,
        }
    ]  # fmt: skip
    assert (body["id"], body["notice_version"]) == ("try/2026-11-26T03-00-00Z-abcdef", 1)
    assert "identity.passwd" in body["text"]


@pytest.mark.parametrize("code", [302, 307, 400, 404, 500])
def test_what_a_webhook_refuses_or_sends_elsewhere_is_not_sent(server, told, code):
    server.code = code
    with pytest.raises(channels.Unsent, match=f"answered {code}") as caught:
        channels.send("webhook", made(FAILED), told, settings.Webhook(server.url, {}))
    assert len(server.got) == 1
    assert server.url not in str(caught.value), "the address is a secret"


def test_a_webhook_that_is_not_there_is_told(server, told):
    server.server.shutdown()
    server.server.server_close()
    with pytest.raises(channels.Unsent, match="was not reached: .*refused"):
        channels.send("webhook", made(FAILED), told, settings.Webhook(server.url, {}))


def test_certificates_that_cannot_be_read_send_nothing(scene, server):
    told = settings.parse(dict(scene.told, webhook_ca=scene.at("none.pem")), "x")
    with pytest.raises(channels.Unsent, match="certificates"):
        channels.send("webhook", made(FAILED), told, settings.Webhook(server.url, {}))
    assert server.got == []


def test_a_mail_has_its_headers_and_lines_that_can_be_read(scene, told):
    channels.send("mail", made(FAILED, first=True), told, None)
    mail = email.message_from_string(scene.mails[0], policy=email.policy.default)
    assert mail["To"] == "ops@example.org"
    assert mail["Subject"] == "[try] 1 new failure in the first run, from ctl"
    assert mail["Message-ID"] == "<try.2026-11-26T03-00-00Z-abcdef@ctl>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "  high  web1  identity.passwd  Changes are recorded\n" in mail.get_content()


def test_a_name_of_a_host_adds_no_header_and_turns_no_text_around(scene, told):
    found = Problem("control", HOSTILE, "x", "high", HOSTILE, HOSTILE)
    one = notice.make("try", HOSTILE, "run", "2026-11-26T03:00:05Z", [found], [], False, "")
    channels.send("mail", one, told, None)
    mail = email.message_from_string(scene.mails[0], policy=email.policy.default)
    assert mail["Bcc"] is None
    assert "\u202e" not in mail.get_content()
    assert "ho\\u202est\\x0d\\x0aBcc" in mail.get_content()


def test_a_mail_system_that_is_not_there_or_refuses_is_told(scene):
    told = settings.parse(dict(scene.told, sendmail=scene.at("none")), "x")
    with pytest.raises(channels.Unsent, match="no mail system"):
        channels.send("mail", made(FAILED), told, None)
    scene.mail_works(False)
    with pytest.raises(channels.Unsent, match="exit code 75.*: no route to mail"):
        channels.send("mail", made(FAILED), settings.parse(scene.told, "x"), None)


def test_an_address_of_which_no_mail_can_be_made_loses_no_notice(scene):
    told = dataclasses.replace(settings.parse(scene.told, "x"), mail_to=("ops@example.org\nBcc: all@example.org",))
    with pytest.raises(channels.Unsent, match="no mail can be made"):
        channels.send("mail", made(FAILED), told, None)


def test_of_many_problems_the_text_names_some_and_the_data_all(told):
    many = [Problem("control", f"web{number}", "x", "high", "About", "") for number in range(120)]
    one = made(*many)
    assert len(one["problems"]) == 120
    assert one["text"].count("\n  high") == 50
    assert "  and 70 more" in one["text"]
    assert one["subject"] == "[try] 120 new failures, from ctl"


def test_a_long_text_is_cut_for_people_and_whole_for_programs():
    one = made(Problem("control", "web1", "rules.drift", "high", "About", "x" * 5000))
    assert one["problems"][0]["text"] == "x" * 5000
    assert "x" * 400 + " […]\n" in one["text"] and "x" * 401 not in one["text"]


def test_what_a_run_has_said_keeps_its_lines():
    one = made(Problem("run", "", "report", "high", "No report", "Exit code 4. It said:\nfirst\nlast"))
    assert "\n      first\n      last\n" in one["text"]
