# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up fleets for tests of the reports: every verdict, varied gaps, waivers, history, and names that bite.

Only what hosts answer is made up: population, waivers, findings, history and period are made of it by the code that
makes them in a run. The same arguments give the same fleet.
"""

import random
from datetime import timedelta

from ansible_collections.auditops.trail.plugins.plugin_utils import (
    changes,
    fleet_parts,
    history,
    moments,
    population,
    waiver,
)

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "ho\u202est\u202c.example",
    "two\nlines",
    "=cmd|'/c calc'!A0",
    "{{ 7*7 }}{% raw %}",
    "]]>&amp;\x00\x1b[31m",
)
TOOL = {"name": "auditops.trail", "version": "0.1.0"}
FINISHED = "2026-11-26T17:0{0}:00Z"
NOW = moments.instant("2026-11-26T17:09:00Z")
SHA = "9f2c41d7be0a63557c1d20c9a8e4f70b5d3c6a19e2b8f4705c6d1e3a9b7f2048"
# Control groups: prefix, kind, severity, what it is about, requirements of both frameworks with their relation.
GROUPS = (
    ("identity", "record", "high", "Changes to {0} are recorded", ("10.2.1.5 demonstrates", "CC6.2 supports")),
    ("privilege", "record", "high", "Runs of {0} are recorded", ("10.2.1.2 demonstrates", "CC6.3 supports")),
    ("access", "record", "medium", "Failed access to {0} is recorded", ("10.2.1.4 demonstrates", "CC6.1 supports")),
    ("objects", "record", "medium", "Removal of {0} is recorded", ("10.2.1.7 demonstrates",)),
    ("log", "record", "high", "Reading of {0} is recorded", ("10.2.1.3 demonstrates", "10.3.1 supports")),
    ("rules", "emit", "critical", "Records of {0} are kept", ("10.2.1.6 demonstrates", "CC7.2 supports")),
    ("kernel", "assert", "high", "The kernel's {0} is as it should be", ("10.2.1 prerequisite", "CC7.2 supports")),
    ("retention", "assert", "high", "What is kept of {0} is enough", ("10.5.1 demonstrates", "A1.1 supports")),
    ("time", "assert", "high", "The clock's {0} is as it should be", ("10.6.1 demonstrates", "10.6.2 demonstrates")),
    ("ship", "assert", "high", "Shipping of {0} loses nothing", ("10.3.3 supports", "CC6.7 supports")),
    ("sample", "sample", "medium", "A record of {0} has its fields", ("10.2.2 demonstrates", "CC7.3 supports")),
    ("process", "manual", "medium", "Review of {0}", ("10.4.1 supports", "10.4.3 supports", "CC7.4 supports")),
)
THINGS = (
    "passwd", "group", "shadow", "sudoers", "cron", "hosts", "sudo", "su", "mount", "chage", "pam", "sshd", "modules",
    "time", "keys", "boot",
)  # fmt: skip
GONE = (
    {"host": "db1.example.org", "reason": "unreachable: ssh: connect to host db1 port 22: Connection timed out"},
    {"host": "db2.example.org", "reason": "sudo: a password is required"},
)
LIMITS = (
    "opens, renames and unlinks made through io_uring match no watch and no system call rule",
    "a file opened with open_by_handle_at (CAP_DAC_READ_SEARCH) is not matched by its path",
    "attributes set by ioctl (chattr) leave no record",
)


def control_plan(number):
    """The catalogue's side of ``number`` controls."""
    plan = []
    for position in range(number):
        group, kind, severity, title, references = GROUPS[position % len(GROUPS)]
        turn = position // len(GROUPS)
        thing = THINGS[turn % len(THINGS)] + ("" if turn < len(THINGS) else str(turn))
        plan.append(
            {
                "id": "{0}.{1}".format(group, thing),
                "kind": kind,
                "severity": severity,
                "title": title.format(thing),
                "why": "Whoever can touch {0} unseen can stay, and nobody will ever know how it came about.".format(
                    thing
                ),
                "profiles": ["pci_dss_4_0"] + (["soc2"] if len(references) > 1 else []),
                "references": [reference(one) for one in references],
                "thing": thing,
            }
        )
    return plan


def reference(text):
    name, relation = text.split(" ")
    framework, version = ("soc2", "2017-2022") if name[0].isalpha() else ("pci_dss", "4.0.1")
    return {"framework": framework, "version": version, "id": name, "relation": relation}


def control_result(plan, draw, host_number):
    """One control on one host, and its verdict in the first and the second half of the earlier runs.

    About one in seven is no pass.
    """
    result = {
        "id": plan["id"], "title": plan["title"], "severity": plan["severity"], "why": plan["why"],
        "kind": plan["kind"], "profiles": list(plan["profiles"]), "references": list(plan["references"]),
        "evidence": {}, "coverage": [], "not_demanded": [], "remedy": [], "reasons": [], "ask": None, "sample": None,
        "expanded": None, "parameters": {}, "waiver": None, "history": None, "criterion": None, "evidence_sha256": None,
    }  # fmt: skip
    luck = draw.random()
    if plan["id"].startswith(("rules.", "time.")):
        luck = max(luck, 0.5)  # something is in order everywhere
    KINDS[plan["kind"]](result, plan, luck, draw, host_number)
    before = (result["verdict"],) * 2
    if result["verdict"] == "fail":
        before = draw.choice((("pass", "pass"), ("fail", "fail"), ("fail", "fail")))
        if luck < 0.02:
            given = accepted("W-{0}".format(plan["thing"]), plan["id"])
            details = {name: getattr(given, name) for name in ("id", "justification", "approved_by", "ticket", "line")}
            details.update(
                expires=given.expires.isoformat(), due_days=given.due_days(NOW), file=given.file, granted=None,
                state="active",
            )  # fmt: skip
            result.update(verdict="waived", unwaived="fail", waiver=details)
    elif luck > 0.99 and result["verdict"] == "pass":
        before = ("fail", "fail")
    elif luck > 0.97 and result["verdict"] == "pass":
        before = ("fail", "pass")
    elif result["verdict"] == "error" and luck < 0.145:
        before = ("fail", "fail")
    return result, before


def accepted(name, control, expires="2027-03-31"):
    """A waiver as the site's files hold it."""
    data = {
        "id": name, "controls": [control], "hosts": ["*"], "approved_by": "J. Vogel", "ticket": "RISK-112",
        "justification": "The vendor's <b>agent</b> needs it until the spring.", "expires": expires, "__line__": 12,
    }  # fmt: skip
    return waiver.parse(data, "waivers.yml", 365, NOW)


def recorded(result, plan, luck, draw, host_number):
    path = "/etc/{0}".format(plan["thing"])
    line = "-w {0} -p wa".format(path)
    entry = {
        "requirement": line, "outcome": "covered", "defeated_by": [], "counterexample": None, "limits": list(LIMITS),
        "missing": [], "incomplete": [],
        "covered_by": [{"rule": line + " -k audit", "file": "/etc/audit/rules.d/30-audit.rules", "line": len(path)}],
    }  # fmt: skip
    result.update(verdict="pass", coverage=[entry])
    if luck < 0.07:
        rule = "-a never,exit -F arch=b32 -S chmod,fchmod,fchmodat"
        place = {"rule": rule, "file": "/etc/audit/rules.d/10-base.rules", "line": draw.choice((7, 7, 9))}
        entry.update(
            outcome="partial",
            defeated_by=[dict(place, why="a never rule matches first")],
            counterexample={
                "arch": "b32", "syscall": "chmod", "object": path, "access": "a", "scene": "direct", "auid": 1000,
                "uid": 0, "euid": 0,
                "because": "{file}:{line} (`{rule}`) matches it first".format(**place),
            },
        )  # fmt: skip
        remove = {"do": "remove", "text": rule, "file": place["file"], "line": place["line"]}
        result.update(
            verdict="fail", remedy=[remove, {"do": "load", "text": "augenrules --load", "file": None, "line": None}]
        )
    elif luck < 0.13:
        entry.update(
            outcome="uncovered",
            covered_by=[],
            counterexample={
                "arch": "b64", "syscall": "openat", "object": path, "access": "w", "scene": "direct", "auid": 1000,
                "uid": 0, "euid": 0, "because": "no rule matches it",
            },
        )  # fmt: skip
        added = [
            "-a always,exit -F arch={0} -F path={1} -F perm=wa -k audit".format(arch, path) for arch in ("b64", "b32")
        ]
        result.update(verdict="fail", remedy=[{"do": "add", "text": one, "file": None, "line": None} for one in added])
    elif luck < 0.15:
        entry.update(outcome="unknown", covered_by=[], missing=["the state of {0}".format(path)])
        advice = {"do": "advise", "text": "run as root (become: true)."}
        result.update(verdict="error", remedy=[advice], reasons=["the state of {0} could not be read".format(path)])


def asserted(result, plan, luck, draw, host_number):
    days = round(draw.uniform(95, 400), 1)
    result.update(verdict="pass", evidence={"logs.retention_days": days, "{0}.active".format(plan["thing"]): True})
    result["criterion"] = "{0}.active, and kept for at least 90 days".format(plan["thing"])
    result["evidence_sha256"] = SHA
    result["parameters"] = {
        "retention_days": {
            "value": 90, "source": "PCI DSS names three months at hand", "default": 90, "set_by": None, "looser": False,
        }
    }  # fmt: skip
    if luck < 0.1:
        result["evidence"]["logs.retention_days"] = 7.2
        result.update(
            verdict="fail",
            reasons=["logs.retention_days is 7.2; wanted: at least 90"],
            remedy=[{"do": "advise", "text": "raise num_logs in /etc/audit/auditd.conf until 90 days fit"}],
        )
    elif luck < 0.13:
        result.update(verdict="error", evidence={}, reasons=["{0} could not be read".format(plan["thing"])])
    elif luck > 0.96:
        result.update(verdict="not_applicable", evidence={}, reasons=["no log is kept on this host"])


def sampled(result, plan, luck, draw, host_number):
    text = "type=USER_LOGIN msg=audit(1795712345.{0:03}:77): pid=812 uid=0 auid=1000 res=success".format(host_number)
    sample = {
        "type": "USER_LOGIN",
        "at": "2026-11-26T16:59:05Z",
        "text": text,
        "present": ["auid", "res"],
        "missing": [],
    }
    result.update(verdict="pass", sample=sample)
    if luck < 0.05:
        sample.update(present=["auid"], missing=["res"])
        result.update(verdict="fail", reasons=["the record lacks res"], remedy=[{"do": "advise", "text": "update PAM"}])
    elif luck < 0.1:
        result.update(
            verdict="manual", sample=None, ask="Show one record of {0} from the period.".format(plan["thing"])
        )


def asked(result, plan, luck, draw, host_number):
    ask = "Ask for the reviews of {0} of ten days in the period, with reviewer and outcome.".format(plan["thing"])
    result.update(verdict="manual", ask=ask)


KINDS = {"record": recorded, "emit": recorded, "assert": asserted, "sample": sampled, "manual": asked}
VERDICTS = ("fail", "error", "waived", "manual", "pass", "not_applicable")


def host_result(name, plans, number, seed):
    """The result of one host, and its verdicts in both halves of the earlier runs; some are read as another user."""
    draw = random.Random("{0}/{1}".format(seed, number))
    told = [control_result(plan, draw, number) for plan in plans]
    controls = [result for result, _before in told]
    earlier = [{result["id"]: before[half] for result, before in told} for half in (0, 1)]
    at = FINISHED.format(number % 10)
    ordinary = number % 50 == 7
    result = {
        "result_version": 2, "tool": dict(TOOL), "host": name, "assessed": True, "started": at, "finished": at,
        "run_by": {"user": "auditor", "become": True, "check_mode": False},
        "privilege": {"euid": 1000, "user": "deploy"} if ordinary else {"euid": 0, "user": "root"},
        "evidence": {
            "source": "live", "file": None, "collected": at,
            "host": {"nodename": name, "kernel": "6.1.0-37-amd64", "machine": "x86_64", "auditctl_version": [3, 0, 9]},
        },
        "profiles": [
            {"id": "pci_dss_4_0", "title": "PCI DSS, requirement 10", "version": "4.0.1", "framework": "pci_dss"},
            {"id": "soc2", "title": "SOC 2, common criteria", "version": "2017-2022", "framework": "soc2"},
        ],
        "parameters": {"retention_days": 90},
        "summary": {one: sum(1 for control in controls if control["verdict"] == one) for one in VERDICTS},
        "errors": [], "limits": list(LIMITS if number % 3 else LIMITS[1:]), "controls": controls,
        "catalogue": {"sha256": SHA, "files": [{"name": "identity.yml", "sha256": SHA}]},
        "loading": {
            "loader": "augenrules", "into": "/etc/audit/rules.d", "command": "augenrules --load", "locked": False,
        },
        "lost": {"now": 40 if number % 40 == 3 else 0, "boot_id": "b1"},
    }  # fmt: skip
    return result, earlier


def fleet(hosts=5, controls=24, hostile=True, seed=1, runs=12, stated=True, gone=True):
    """A fleet result.

    Args:
        hosts: How many were assessed.
        controls: How many controls each was judged by.
        hostile: Whether the first of them have names of HOSTILE.
        seed: Another one gives other gaps.
        runs: How many runs the history knows, this one among them.
        stated: Whether somebody says which hosts are in scope: those of the run and one that the inventory lacks.
        gone: Whether two more hosts could not be assessed.
    """
    names = ["web{0:03}.example.org".format(number) for number in range(1, hosts + 1)]
    if hostile:
        names[: len(HOSTILE)] = HOSTILE[: len(names)]
    plans = control_plan(controls)
    told = sorted(
        (host_result(name, plans, number, seed) for number, name in enumerate(names)), key=lambda one: one[0]["host"]
    )
    results = [result for result, _before in told]
    missing = list(GONE) if gone else []
    made = {
        "result_version": 2, "tool": dict(TOOL), "started": FINISHED.format(0), "finished": FINISHED.format(9),
        "summary": dict(
            {one: sum(result["summary"][one] for result in results) for one in VERDICTS},
            hosts_assessed=len(results), hosts_not_assessed=len(missing),
        ),
        "not_assessed": missing, "pending": [], "results": results, "earlier": [],
    }  # fmt: skip
    groups = {"all": [*names, *(one["host"] for one in missing)]}
    scope = {"hosts": [*groups["all"], "legacy1.example.org"], "source": "the asset register of November"}
    if not missing:
        scope["hosts"].pop()
    used = {one["waiver"]["id"]: one["id"] for result in results for one in result["controls"] if one["waiver"]}
    given = [accepted(name, control) for name, control in sorted(used.items())]
    given.append(accepted("W-old", "kernel.su", expires="2026-10-31"))
    named = population.parse(scope, population.VARIABLE, None, "/") if stated else None
    made = fleet_parts.with_scope(made, named, groups, given, NOW)
    made = fleet_parts.with_run(made, ["inventory/production.ini"])
    past = earlier_runs(told, runs - 1, missing)
    seen = {result["host"]: past.runs[-1].hosts[result["host"]] for result in results} if past.runs else {}
    for result in results:
        result["lost"] = changes.lost(result["lost"]["now"], result["lost"]["boot_id"], seen.get(result["host"]))
    return fleet_parts.with_history(made, past, "", NOW)


def earlier_runs(told, number, missing):
    """The history of so many runs, five days apart."""
    runs = []
    for turn in range(max(0, number)):
        late = turn >= number // 2
        at = moments.told(moments.instant("2026-09-02T04:00:00Z") + timedelta(days=5 * turn))
        # One host in forty loses records in every second run, and its counter is set back before the next.
        hosts = {
            result["host"]: history.Observation(at, before[late], result["lost"]["now"] // 4 * (turn % 2), "b1")
            for result, before in told
        }
        gone = tuple(one["host"] for one in missing[: turn % 3])
        runs.append(history.Run("", at, at, "auditops.trail 0.1.0", SHA, ("pci_dss_4_0", "soc2"), hosts, gone))
    return history.History(runs)


def judged(host, at, catalogue="ab", version="1", controls=()):
    """The whole result of a host that is in order."""
    return {
        "result_version": 2, "tool": {"name": "t", "version": version}, "host": host, "assessed": True, "started": at,
        "finished": at, "evidence": {"collected": at, "source": "live", "file": None, "host": None},
        "catalogue": {"sha256": catalogue * 32, "files": []}, "controls": list(controls), "errors": [], "limits": [],
        "profiles": [{"id": "baseline", "title": "Baseline", "version": "1", "framework": None}],
        "summary": dict.fromkeys(("fail", "error", "waived", "manual", "pass", "not_applicable"), 0),
        "loading": {"loader": None, "into": None, "command": None, "locked": False}, "lost": None, "parameters": {},
        "privilege": None, "run_by": {"user": "auditor"},
    }  # fmt: skip
