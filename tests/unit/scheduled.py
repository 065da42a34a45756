# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled runs for tests: a playbook that is a script, and reports that are as small as they can be."""

import json
import os
import stat
import sys

AT = "2026-11-26T03:00:00Z"
PLAYBOOK = """#!{python}
import json, os, subprocess, sys, time
given = next(one[1:] for one in sys.argv if one.startswith("@"))
variables = json.load(open(given))
plan = json.load(open({plan!r}))
open({calls!r}, "a").write(json.dumps(sys.argv[1:]) + "\\n")
print(plan.get("says", "played"), flush=True)
if plan.get("leaves"):
    # As ssh's master process: in a session of its own, with another parent.
    subprocess.Popen(["sh", "-c", "setsid sleep 300 & echo $! > " + plan["leaves"] + "; exit 0"]).wait()
if plan.get("children"):
    subprocess.Popen(["sleep", "300"])
time.sleep(plan.get("takes", 0))
if plan.get("fleet"):
    file = os.path.join(variables["audit_compliance_result_dir"], "compliance.json")
    json.dump(plan["fleet"], open(file, "w"))
sys.exit(plan.get("code", 0))
"""


def control(name, verdict="pass", severity="high", reasons=("it does not hold",)):
    """A control of a host's result, with what is read of it."""
    return {
        "id": name, "title": "About " + name, "severity": severity, "verdict": verdict, "kind": "assert",
        "reasons": list(reasons) if verdict != "pass" else [], "coverage": [], "remedy": [], "profiles": ["baseline"],
        "history": None, "waiver": None, "criterion": None, "evidence": {},
    }  # fmt: skip


def result(host, *controls, **more):
    """The result of a host that was assessed."""
    return dict({"host": host, "assessed": True, "finished": AT, "evidence": {"collected": AT},
                 "controls": list(controls)}, **more)  # fmt: skip


def fleet(*results, gone=(), findings=(), **population):
    """A report."""
    return {
        "result_version": 2, "results": list(results), "pending": [], "findings": list(findings),
        "not_assessed": [{"host": host, "reason": "unreachable: no route"} for host in gone],
        "population": dict({"missing": None, "left_out": None}, **population),
    }  # fmt: skip


def script(path, text):
    """An executable file."""
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return str(path)


class Scene:
    """A schedule in a folder: its playbook plays ``plan``, its mail goes to ``mails``."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.data = self.at("data")
        os.makedirs(self.at("bin"))
        script(
            self.at("bin", "ansible-playbook"),
            PLAYBOOK.format(python=sys.executable, plan=self.at("plan"), calls=self.at("calls")),
        )
        self.mail_works()
        self.plan()
        self.told = {
            "name": "try", "data": self.data, "bin": self.at("bin"), "collections": "/none", "inventory": ["hosts,"],
            "mail_to": ["ops@example.org"], "sendmail": self.at("sendmail"),
        }  # fmt: skip

    def at(self, *parts):
        return os.path.join(self.folder, *parts)

    def plan(self, fleet=None, **more):
        """What the playbook does the next time."""
        with open(self.at("plan"), "w", encoding="utf-8") as out:
            json.dump(dict(more, fleet=fleet), out)

    def mail_works(self, works=True):
        end = "exit 0" if works else "echo no route to mail; exit 75"
        text = '#!/bin/sh\ncat >> "{0}"\necho "=====" >> "{0}"\n'.format(self.at("mails")) if works else "#!/bin/sh\n"
        script(self.at("sendmail"), text + end + "\n")

    @property
    def mails(self):
        if not os.path.exists(self.at("mails")):
            return []
        with open(self.at("mails"), encoding="utf-8") as source:
            return source.read().split("=====\n")[:-1]

    @property
    def calls(self):
        if not os.path.exists(self.at("calls")):
            return []
        with open(self.at("calls"), encoding="utf-8") as source:
            return [json.loads(line) for line in source]

    @property
    def state(self):
        with open(os.path.join(self.data, "state.json"), encoding="utf-8") as source:
            return json.load(source)

    def write(self, **more):
        """The file of settings."""
        with open(self.at("settings.json"), "w", encoding="utf-8") as out:
            json.dump(dict(self.told, **more), out)
        return self.at("settings.json")
