# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for, and the files that it makes: settings, lines of profiles, the site's own, and the lock."""

import difflib
import os
import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.rule_set import RuleSet
from ansible_collections.auditops.trail.plugins.module_utils.deploy.missing import KEEP, POLICIES
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules import let_pass
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_line import MOST_WAIT
from ansible_collections.auditops.trail.plugins.module_utils.rules.version_sort import version_sorted

Plain = Dict[str, Any]
RULES_DIR = "/etc/audit/rules.d"
BASE_FILE, PROFILE_FILE, FINAL_FILE = "10-auditops.rules", "50-auditops.rules", "99-auditops.rules"
LAST_FILE = "zz-auditops.rules"
"""Behind what packages bring, rules.d/audit.rules above all: of several lines that set a value the last one counts."""
HEADER = let_pass.WRITTEN + "; what is changed here is lost with its next run.\n"
SHIPPED = {"backlog_limit": 8192, "failure": 1, "rate_limit": 0, "backlog_wait_time": 60000}
"""The kernel's values where neither the task nor a control of its profiles names one."""
FAILURES = {"silent": 0, "printk": 1, "panic": 2}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.rules\Z")
_OPTIONS = (
    ("backlog_limit", "-b {0}", 0),
    ("failure", "-f {0}", 0),
    ("rate_limit", "-r {0}", 0),
    ("backlog_wait_time", "--backlog_wait_time {0}", 0),
)
"""Settings by name, as auditctl(8) writes them, and the least value."""
_LOGINUID = "loginuid_immutable"
"""What controls may demand besides: it is no line of the base file."""
_MOST = 0xFFFFFFFF


class Given(NamedTuple):
    """What a task asks for.

    ``own`` are names and texts of the site's files. ``plan`` is as compliance/evaluate.py takes it, None without
    profiles, and ``about`` names those. ``run`` is the run of ansible-playbook that asks. ``settings`` are the kernel's
    values that the task names, ``demanded`` those of the profiles' controls. ``managed`` are the files that earlier
    runs have written, by name, with the SHA-256 of what they wrote; ``assumed`` those that the host will have before
    anything is written (check mode on a host without the audit package). ``notes`` are warnings.
    ``loginuid_immutable`` is None where the profiles and the host decide (scene.py).
    """

    rules_dir: str = RULES_DIR
    own: Tuple[Tuple[str, str], ...] = ()
    plan: Optional[Plain] = None
    about: str = ""
    run: Optional[str] = None
    base_file: str = BASE_FILE
    profile_file: str = PROFILE_FILE
    final_file: str = FINAL_FILE
    settings: Mapping[str, int] = {}
    demanded: Mapping[str, int] = {}
    immutable: bool = False
    loginuid_immutable: Optional[bool] = False
    purge: bool = False
    adopt: bool = False
    on_missing_path: str = KEEP
    on_unproven: str = "report"
    managed: Mapping[str, str] = {}
    assumed: Mapping[str, bytes] = {}
    notes: Tuple[str, ...] = ()


def audit_rules_of(rules_dir: str) -> str:
    """The file that augenrules makes of a folder."""
    return os.path.join(os.path.dirname(rules_dir), "audit.rules")


def _instead_of(name: str, settings: List[str]) -> str:
    if name == _LOGINUID:
        return "give loginuid_immutable: true beside the settings."
    near = difflib.get_close_matches(name, settings, 1)
    return "write {0}.".format(near[0]) if near else "the settings are {0}.".format(", ".join(settings))


def check(given: Given) -> None:
    """Refuse what no rules folder can hold, before anything is looked at.

    Raises:
        TrailError: a name, a setting or a choice that cannot be; or two files of one name.
    """
    if not os.path.isabs(given.rules_dir):
        raise TrailError("rules_dir {0} is no absolute path".format(given.rules_dir), remedy="write it from / on.")
    names = [name for name, _text in given.own]
    names += [given.base_file, given.profile_file, given.final_file, LAST_FILE]
    for name in names:
        if not _NAME.match(name):
            raise TrailError(
                "{0!r} cannot be the name of a rules file".format(name),
                remedy="take letters, digits, dots, dashes and underscores, and end it with .rules: augenrules reads"
                " nothing else, and before 4.2 it takes a name with a blank for two.",
            )
        if name in names[len(given.own) :] and name in [one for one, _text in given.own]:
            raise TrailError(
                "{0} is the name of a file that is made here, and of one of files".format(name),
                remedy="give yours another name; augenrules reads them in the order of their names.",
            )
        if names.count(name) > 1:
            raise TrailError(
                "two files would be called {0}".format(name),
                remedy="give one of them another name; augenrules reads them in the order of their names.",
            )
    for name, value in [*given.demanded.items(), *given.settings.items()]:
        if name == _LOGINUID and name not in given.settings:
            continue
        options = {option: least for option, _form, least in _OPTIONS}
        most = {"failure": 2, "backlog_wait_time": MOST_WAIT}.get(name, _MOST)
        if name not in options:
            raise TrailError("there is no setting {0}".format(name), remedy=_instead_of(name, sorted(options)))
        if not options[name] <= value <= most:
            raise TrailError(
                "the setting {0} cannot be {1}".format(name, value),
                remedy="write a whole number from {0} to {1}.".format(options[name], most),
            )
    order = version_sorted([os.fsencode(given.base_file), os.fsencode(given.final_file)])
    if os.fsdecode(order[0]) == given.final_file:
        raise TrailError(
            "final_file {0} is read before base_file {1}".format(given.final_file, given.base_file),
            remedy="give it a name that sorts behind: of several -e lines the last one counts.",
        )
    if given.loginuid_immutable and not given.immutable:
        raise TrailError(
            "loginuid_immutable is set together with the lock, and immutable is false",
            remedy="set immutable: true as well, or write --loginuid-immutable nowhere.",
        )
    if given.on_missing_path not in POLICIES:
        raise TrailError(
            "on_missing_path cannot be {0}".format(given.on_missing_path),
            remedy="it is one of {0}.".format(", ".join(POLICIES)),
        )


def numbers(settings: Mapping[str, Any]) -> Dict[str, int]:
    """The kernel's values as numbers; ``failure`` may be one of its words.

    Raises:
        TrailError: one is no whole number.
    """
    found = {}
    for name, value in settings.items():
        known = FAILURES.get(str(value)) if name == "failure" else None
        try:
            found[str(name)] = _whole(value) if known is None else known
        except (TypeError, ValueError):
            raise TrailError(
                "the setting {0} is no number: {1}".format(name, value),
                remedy="write a whole one; failure may also be one of {0}.".format(", ".join(FAILURES)),
            ) from None
    return found


def _whole(value: Any) -> int:
    """A whole number; int() takes true for 1, and cuts fractions off."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(value)
    return int(value)


def base_text(given: Given) -> str:
    """The file that empties the kernel's lists, sets its values and has it record; it is there for every deployment.

    With -i the load at a boot goes on behind a line that the kernel refuses: a directory that goes away after the
    deployment, as a home does with its user, would end it there.
    """
    values = dict(SHIPPED, **dict(given.demanded, **given.settings))
    lines = ["-D", let_pass.LINE] + [form.format(values[name]) for name, form, _least in _OPTIONS] + ["-e 1"]
    return HEADER + "".join(line + "\n" for line in lines)


def last_text(overruled: Sequence[Plain]) -> str:
    """The file of values that other files set otherwise, each below the line that it counts before.

    It begins with an empty line: the last line of the file before it may end without a newline.
    """
    forms = {name: form for name, form, _least in _OPTIONS}
    found = ["\n", HEADER]
    for one in overruled:
        if one["file"] is not None:
            found.append("\n## counts before `{0}` of {1}\n".format(shown(one["rule"]), one["file"]))
        found.append(forms[one["setting"]].format(one["value"]) + "\n")
    return "".join(found)


def profile_text(about: str, found: RuleSet) -> str:
    """The file of the profiles' lines, each below the controls that it fulfils."""
    lines = [HEADER + "# For {0}.\n".format(about)]
    last: Sequence[str] = ()
    for line in found.lines:
        if line.controls != last:
            lines.append("\n## {0}\n".format(", ".join(line.controls)))
            last = line.controls
        lines.append(line.text + "\n")
    return "".join(lines)


def final_text(given: Given) -> Optional[str]:
    """The file that locks the rules, written by commit alone; None where nothing is to be locked."""
    lines: List[str] = []
    if given.loginuid_immutable:
        lines.append("--loginuid-immutable")
    if given.immutable:
        lines.append("-e 2")
    return HEADER + "".join(line + "\n" for line in lines) if lines else None
