# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rules.d, audit.rules and the kernel: where the three do not say the same, by meaning and not by text."""

import os
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import codec, disk_rules, evidence, rule_order
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.rule_order import meaning
from ansible_collections.auditops.trail.plugins.module_utils.rules import let_pass
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import resolved
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Removed, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown

Plain = Dict[str, Any]
RULES_DIR, AUDIT_RULES, KERNEL = "rules_dir", "audit_rules", "kernel"
KINDS = ("not_loaded", "not_on_disk", "not_in_audit_rules", "not_in_rules_dir", "order", "setting", "rejected")
_SETTINGS = {
    "enabled": "-e",
    "failure": "-f",
    "backlog_limit": "-b",
    "rate_limit": "-r",
    "backlog_wait_time": "--backlog_wait_time",
    "loginuid_immutable": "--loginuid-immutable",
}
"""What files can set and the kernel's status tells, and the option that sets it."""
_DELETES = ("-d", "-D", "-W")


class _Three(NamedTuple):
    """What could be read. ``next`` is the load that the next boot makes: of rules.d, or where it is not used, of
    audit.rules; ``made`` is that of audit.rules beside rules.d."""

    next: Load
    made: Optional[Load]
    kernel: Optional[List[Rule]]
    status: Plain
    made_file: str


def collect(context: Context, posture: Plain) -> Plain:
    """``compared, equal, differences, not_seen``.

    ``equal`` is null where the kernel could not be asked, or audit.rules not be read, and the rest agrees. Each
    difference has ``kind`` (KINDS), ``rule`` (a line; of a setting the one on disk), ``file, line`` and a sentence,
    ``text``. ``rejected`` are lines that auditctl refuses: one that ends the load is a difference, one that -c or -i
    lets pass is told and is none. The -i of our own files is there for paths that go away: a line that is refused for
    another reason is a difference where no -c or -i of somebody else lets it pass.

    Raises:
        EvidenceError: the rules on disk could not be read.
    """
    evidence.require(posture, "disk")
    unseen: List[str] = []
    disk = posture["disk"]
    three = _Three(
        next=codec.load_from_plain(disk),
        made=_audit_rules(disk, posture, unseen) if disk["loader"] == "augenrules" else None,
        kernel=_loaded(posture),
        status=posture.get("status") or {},
        made_file=os.path.join(disk["folder"], "audit.rules"),
    )
    if three.kernel is None:
        unseen.append("the kernel's rules")
    if not three.status:
        unseen.append("the kernel's status")
    differences = _differences(three)
    wrong = _wrong(three.next, disk, posture)
    drift = [found for found in differences if found["kind"] != "rejected" or (found["file"], found["line"]) in wrong]
    first = [RULES_DIR] if disk["loader"] == "augenrules" else []
    made = [AUDIT_RULES] if three.made is not None or not first else []
    return {
        "compared": first + made + ([] if three.kernel is None else [KERNEL]),
        "equal": False if drift else None if unseen else True,
        "differences": differences,
        "not_seen": unseen,
    }


def _loaded(posture: Plain) -> Optional[List[Rule]]:
    """The kernel's rules; what auditctl -l lists as a watch is one on a folder or a file, as auditctl finds it here."""
    if "rules" not in posture:
        return None
    paths = PathState.of_host()
    return [resolved(rule, paths.stat_is_dir) for rule in codec.rules_from_plain(posture["rules"])]


def _audit_rules(disk: Plain, posture: Plain, unseen: List[str]) -> Optional[Load]:
    """The load of audit.rules; None where it is not there (augenrules makes it when it loads) or cannot be read."""
    folder = disk["folder"]
    if not os.path.lexists(os.path.join(folder, "audit.rules")):
        return None
    try:
        merged = disk_rules.read(folder, "auditctl", posture)
        of_dir = disk_rules.read(folder, "augenrules", posture)
    except EvidenceError as exc:
        unseen.append(str(exc))
        return None
    texts = [line.origin.text for line in merged.lines if not line.origin.text.lstrip(" ").startswith("#")]
    if merged.refused is None and texts == [line.origin.text for line in of_dir.lines]:
        return codec.load_from_plain(disk)  # the same lines: not worth another simulation
    return disk_rules.loaded_by(merged, posture)


def _differences(three: _Three) -> List[Plain]:
    found: List[Plain] = []
    if three.made is not None:
        found += _between_files(three.next, three.made, three.made_file)
    if three.kernel is not None:
        found += _with_kernel(three, three.kernel)
    for name, setting in sorted(three.next.settings.items()):
        now = three.status.get(name)
        if name in _SETTINGS and now is not None and now != setting.value:
            text = "{0} is {1} in the kernel, and {2} on disk ({3})".format(name, now, setting.value, setting.origin)
            found.append(_of_setting(name, setting, text))
    for refused in three.next.rejected:
        text = "auditctl refuses {0}: {1}".format(refused.origin, refused.reason)
        if refused.origin == three.next.stopped_at:
            text += "; the load ends there"
        found.append(_difference("rejected", refused.origin.text.strip(), refused.origin, text))
    # The cause first: the rules behind a line that ends the load are named for it.
    return sorted(found, key=lambda difference: not _ends_load(three.next, difference))


def _wrong(load: Load, disk: Plain, posture: Plain) -> Set[Tuple[Optional[str], Optional[int]]]:
    """The places of refused lines that are a difference: what ends the load, and what our -i alone lets pass, though
    it is there for missing paths.

    Raises:
        EvidenceError: the files cannot be read.
    """
    stop = load.stopped_at
    wrong = set() if stop is None else {(stop.file, stop.line)}
    passed = [one for one in load.rejected if one.origin != stop and not let_pass.lacks_path(one)]
    if passed:
        try:
            ours = let_pass.by_us_alone(disk_rules.read(disk["folder"], disk["loader"], posture).lines)
        except OSError as exc:
            raise EvidenceError("{0} cannot be read: {1}".format(exc.filename, exc.strerror)) from exc
        wrong |= {(one.origin.file, one.origin.line) for one in passed if ours}
    return wrong


def _ends_load(load: Load, difference: Plain) -> bool:
    stop = load.stopped_at
    return stop is not None and (difference["file"], difference["line"]) == (stop.file, stop.line)


def _between_files(of_dir: Load, made: Load, made_file: str) -> List[Plain]:
    here, there = _by_meaning(of_dir.loaded), _by_meaning(made.loaded)
    found = [
        _of_rule("not_in_audit_rules", rule, "is not in {0}: augenrules has not run since".format(made_file))
        for key, rule in here.items()
        if key not in there
    ]
    found += [
        _of_rule("not_in_rules_dir", rule, "is in no file of rules.d: the next load takes it away")
        for key, rule in there.items()
        if key not in here
    ]
    found += _order(of_dir.loaded, made.loaded, "rules.d", made_file)
    for name in _SETTINGS:
        one, other = of_dir.settings.get(name), made.settings.get(name)
        told = one or other
        if told is not None and (one is None or other is None or one.value != other.value):
            text = "{0} is {1} by rules.d, and {2} by {3}".format(name, _value(one), _value(other), made_file)
            found.append(_of_setting(name, told, text))
    return found


def _with_kernel(three: _Three, kernel: List[Rule]) -> List[Plain]:
    wanted, loaded = _by_meaning(three.next.loaded), _by_meaning(kernel)
    made = _by_meaning(three.made.loaded) if three.made is not None else {}
    # auditctl -l hides the action of a rule on a path: the rest of it is compared.
    unsure = {rule_order.without_action(rule) for rule in kernel if rule.action is None}
    known = (
        {rule_order.without_action(rule) for files in (wanted, made) for rule in files.values()} if unsure else set()
    )
    taken_away = {meaning(gone.rule): gone for gone in reversed(three.next.removed)}
    never = [gone for key, gone in taken_away.items() if key not in wanted and not _deleted(gone)]
    found = [
        _of_rule("not_loaded", rule, "is not in the kernel")
        for key, rule in wanted.items()
        if key not in loaded and rule_order.without_action(rule) not in unsure
    ]
    found += [
        _of_rule("not_loaded", gone.rule, "is not in the kernel, and no load brings it: {0}".format(_why(gone, three)))
        for gone in sorted(never, key=lambda one: (one.rule.origin.file or "", one.rule.origin.line or 0))
        if meaning(gone.rule) not in loaded and rule_order.without_action(gone.rule) not in unsure
    ]
    for key, rule in loaded.items():
        if key in wanted or key in made or (rule.action is None and rule_order.without_action(rule) in known):
            continue
        gone = taken_away.get(key)
        if gone is None:
            found.append(_of_rule("not_on_disk", rule, "is in the kernel and in no file: the next boot takes it away"))
        else:
            text = "is in the kernel, and the next load would not bring it: {0}".format(_why(gone, three))
            found.append(_of_rule("not_on_disk", gone.rule, text))
    return found + _order(three.next.loaded, kernel, "the files", "the kernel")


def _why(gone: Removed, three: _Three) -> str:
    """What is in the way; the reason why a load ends is told with the line at which it does."""
    return "the load stops at {0}".format(gone.by) if gone.by == three.next.stopped_at else gone.why


def _deleted(gone: Removed) -> bool:
    """Whether a line takes the rule away on purpose; else the files mean to load it, and something is in the way."""
    return any(word.startswith(_DELETES) for word in gone.by.text.split())


def _order(one: Iterable[Rule], other: Iterable[Rule], here: str, there: str) -> List[Plain]:
    return [
        _of_rule("order", earlier, "comes before {0} in {1}, and behind it in {2}".format(_named(later), here, there))
        for earlier, later in rule_order.swapped(list(one), list(other))
    ]


def _by_meaning(rules: Iterable[Rule]) -> Dict[Any, Rule]:
    found: Dict[Any, Rule] = {}
    for rule in rules:
        found.setdefault(meaning(rule), rule)
    return found


def _of_rule(kind: str, rule: Rule, text: str) -> Plain:
    return _difference(kind, rule.origin.text.strip(), rule.origin, "{0} {1}".format(_named(rule), text))


def _of_setting(name: str, setting: Setting, text: str) -> Plain:
    option = _SETTINGS[name] + ("" if name == "loginuid_immutable" else " {0}".format(setting.value))
    return _difference("setting", option, setting.origin or Origin(), text)


def _difference(kind: str, rule: str, origin: Origin, text: str) -> Plain:
    return {"kind": kind, "rule": rule, "file": origin.file, "line": origin.line, "text": text}


def _named(rule: Rule) -> str:
    """The rule with its place, where that is a file."""
    text = "`{0}`".format(shown(rule.origin.text.strip()))
    return (
        text
        if rule.origin.file is None or not rule.origin.file.startswith("/")
        else "{0} ({1})".format(text, rule.origin)
    )


def _value(setting: Optional[Setting]) -> str:
    return "not set" if setting is None else str(setting.value)
