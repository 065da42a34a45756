# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the place of a module that changes hosts: answers as a test has set it, and keeps what it was asked.

The folder STAND_IN_DIR holds HOST.json, with answers by what is asked (present, committed, rolled_back of audit_rules;
quick and watch of audit_health_info; configure, plugin and configured_back of auditd_config; held and released of the
daemon's starts; boot), and gets HOST.log. A list of answers is used up one by one, up to the last. An answer with
``goes_down`` takes the host off the network.
"""

import json
import os
import sys


def asked_for(given):
    if "audit" in given:
        return "boot"
    if "file" in given:
        back = given.get("state") == "rolled_back"
        return "configured_back" if back else "plugin" if given["file"] == "plugin" else "configure"
    return given.get("state") or ("watch" if given.get("seconds") else "quick")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    folder, host = os.environ["STAND_IN_DIR"], os.environ["STAND_IN_HOST"]
    asked = asked_for(given)
    seen = os.path.join(folder, host + ".log")
    turn = 0
    if os.path.exists(seen):
        with open(seen, encoding="utf-8") as log:
            turn = sum(1 for line in log if json.loads(line)["asked"] == asked)
    with open(seen, "a", encoding="utf-8") as log:
        log.write(json.dumps({"asked": asked, "given": given}) + "\n")
    path = os.path.join(folder, host + ".json")
    answers = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            answers = json.load(file)
    own = answers.get(asked, {})
    if isinstance(own, list):
        own = own[min(turn, len(own) - 1)]
    with open(os.path.join(folder, "all.json"), encoding="utf-8") as file:
        answer = dict(json.load(file)[asked], **own)
    down = answer.pop("goes_down", None)
    if down:
        with open(os.path.join(folder, host + ".down"), "w", encoding="utf-8") as file:
            file.write(str(down))
    print(json.dumps(answer))


# WANT_JSON: the arguments are a file of JSON.
main()
