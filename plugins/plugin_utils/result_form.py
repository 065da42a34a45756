# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a host's result, as docs/schemas/result.schema.json has it, for those that others have made.

What does not have it is refused as a whole and told with its place. So no report,
notice or metric meets what it cannot read, and one host hinders none but itself.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.form import FLAG, Form, list_of, number, one_of, or_null
from ansible_collections.auditops.trail.plugins.plugin_utils import moments, results
from ansible_collections.auditops.trail.plugins.plugin_utils.control import KINDS, RELATIONS, SEVERITIES

_REMEDY = "take it as the other controller wrote it, and see who can write there."
_LONGEST, _LONGEST_NAME = 100_000, 300
_MOST, _MOST_NAMES = 10_000, 100
"""What a real result stays far below, and what would still be borne: of its texts, and of what it lists."""


def _is_text(value: Any, longest: int) -> bool:
    if not isinstance(value, str) or len(value) > longest:
        return False
    try:
        # As results and reports are written; a name of a file may hold bytes that are no UTF-8 (PEP 383).
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(moments.check(value))
    except ValueError:
        return False


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(moments.day(value))
    except ValueError:
        return False


def _few(what: Form, most: int = _MOST, least: int = 0) -> Form:
    every = list_of(what, least)
    wanted = f"a list of {least} to {most}" if least else f"a list of {most} at most"
    return Form(wanted, lambda value: every.fits(value) and len(value) <= most, every.inside)


def _each(needed: dict[str, Form], allowed: dict[str, Form] | None = None, others: Form | None = None) -> Form:
    return form.record(needed, allowed or {}, others)


_TEXT = Form("a text that can be written", lambda value: _is_text(value, _LONGEST))
_NAME = Form(f"a text of {_LONGEST_NAME} characters at most", lambda value: _is_text(value, _LONGEST_NAME))
_TIME = Form("a time in UTC", _is_time)
_DAY = Form("a day", _is_day)
_NUMBER = number(-(2**63), 2**64)
_COUNT = number(0, 2**64)
_ANY = Form("anything", lambda value: True)
_OBJECT = Form("a mapping", lambda value: isinstance(value, dict))
_SAID = or_null(_TEXT)
_LINE = or_null(_COUNT)
_TEXTS = _few(_TEXT)
_SHA = form.matching(r"[0-9a-f]{64}\Z", "a SHA-256")
_VERDICT = one_of(results.VERDICTS)
_VALUE = Form(
    "a text, a number, a list of texts or null",
    lambda value: value is None or isinstance(value, bool) or _TEXT.fits(value) or _NUMBER.fits(value)
    or (isinstance(value, list) and all(_TEXT.fits(one) for one in value)),
)  # fmt: skip
_PLACE = _each({"rule": _SAID, "file": _SAID, "line": _LINE}, {"why": _TEXT})
_COVERAGE = _each(
    {
        "requirement": _TEXT,
        "outcome": one_of(("covered", "partial", "uncovered", "defeated", "unknown")),
        "covered_by": _few(_PLACE),
        "defeated_by": _few(_PLACE),
        "counterexample": or_null(_each({}, {}, _VALUE)),
        "limits": _TEXTS,
        "missing": _TEXTS,
        "incomplete": _TEXTS,
    }
)
_STEP = _each(
    {"do": one_of(("correct", "remove", "set", "add", "load", "advise")), "text": _TEXT},
    {"file": _SAID, "line": _LINE, "reason": _SAID, "remedy": _SAID},
)
_WAIVER = _each(
    {"id": _NAME, "justification": _TEXT, "expires": _DAY},
    {
        "approved_by": _SAID, "ticket": _SAID, "due_days": or_null(_NUMBER), "file": _SAID, "line": _LINE,
        "granted": _SAID, "state": one_of(("active", "due", "expired")),
    },
)  # fmt: skip
_SAMPLE = _each({"type": _TEXT, "at": _SAID, "text": _TEXT, "present": _TEXTS, "missing": _TEXTS})
_PARAMETER = _each({"value": _ANY, "default": _ANY, "source": _SAID, "set_by": _SAID, "looser": FLAG})
_HISTORY = _each(
    {"state": one_of(("first", "new", "still", "fixed", "changed", "unchanged")), "since": or_null(_TIME)},
    {"otherwise": FLAG, "before": or_null(_VERDICT)},
)
_WAIVED = _each({"unwaived": _VERDICT, "waiver": _OBJECT})
_CONTROL = _each(
    {
        "id": _NAME,
        "title": _TEXT,
        "severity": one_of(SEVERITIES),
        "why": _TEXT,
        "kind": one_of(KINDS),
        "profiles": _few(_NAME, _MOST_NAMES),
        "references": _few(_each({"framework": _NAME, "version": _NAME, "id": _NAME, "relation": one_of(RELATIONS)})),
        "verdict": _VERDICT,
        "reasons": _TEXTS,
        "evidence": _OBJECT,
        "coverage": _few(_COVERAGE),
        "not_demanded": _few(_each({"requirement": _TEXT, "reason": _TEXT})),
        "remedy": _few(_STEP),
        "ask": _SAID,
        "sample": or_null(_SAMPLE),
        "expanded": or_null(_each({"from": _TEXT, "number": _COUNT})),
        "parameters": form.mapping_of(_PARAMETER),
        "waiver": or_null(_WAIVER),
        "history": or_null(_HISTORY),
        "criterion": _SAID,
        "evidence_sha256": or_null(_SHA),
    },
    {"unwaived": _VERDICT, "judged_by": form.matching(r"[0-9a-f]{8}\Z", "eight hexadecimal digits")},
)


def _judged(value: dict[str, Any]) -> None:
    form.demand(_CONTROL, value)
    if value["verdict"] == "waived":
        form.demand(_WAIVED, value)


_TOOL = _each({"name": _NAME, "version": _NAME}, {"sha256": _SHA})
_RUN_BY = _each({}, {"user": _SAID, "become": or_null(FLAG), "check_mode": FLAG})
_PART = Form("a text or a number", lambda value: _NAME.fits(value) or _COUNT.fits(value))
_PARTS = _few(_PART, 10)
_SYSTEM = _each(
    {},
    {
        "kernel": or_null(_NAME), "machine": or_null(_NAME), "nodename": or_null(_NAME),
        "auditctl_version": Form("a text, a list or null", lambda value: value is None or isinstance(value, list)
                                 or _NAME.fits(value),
                                 lambda value: form.demand(_PARTS, value) if isinstance(value, list) else None),
    },
)  # fmt: skip
_EVIDENCE = _each(
    {
        "source": one_of((results.LIVE, results.SAVED)), "file": _SAID, "collected": or_null(_TIME),
        "host": or_null(_SYSTEM),
    },
)  # fmt: skip
_LOADING = _each(
    {"loader": or_null(one_of(("augenrules", "auditctl"))), "into": _SAID, "command": _SAID, "locked": FLAG}
)
_CATALOGUE = _each({"sha256": _SHA, "files": _few(_each({"name": _NAME, "sha256": _SHA}))})
_LOST = _each(
    {"now": or_null(_NUMBER), "before": or_null(_NUMBER), "since": or_null(_TIME), "rise": or_null(_NUMBER)},
    {"restarted": or_null(one_of(("reboot", "reset"))), "boot_id": _SAID},
)
_ERROR = _each({"part": _TEXT, "message": _TEXT}, {"file": _SAID, "line": _LINE, "remedy": _SAID})
_PROFILE = _each({"id": _NAME, "title": _TEXT, "version": _NAME, "framework": or_null(_NAME)})
_OF_BOTH = {"host": _NAME, "assessed": FLAG, "started": _TIME, "finished": _TIME, "tool": _TOOL, "run_by": _RUN_BY}
ASSESSED = _each(
    {
        **_OF_BOTH,
        "catalogue": _CATALOGUE,
        "controls": _few(_OBJECT._replace(inside=_judged)),
        "errors": _few(_ERROR),
        "evidence": _EVIDENCE,
        "limits": _TEXTS,
        "loading": _LOADING,
        "lost": or_null(_LOST),
        "parameters": _OBJECT,
        "privilege": or_null(_each({}, {"user": or_null(_NAME), "euid": or_null(_COUNT)})),
        "profiles": _few(_PROFILE, _MOST_NAMES, 1),
        "summary": _each(dict.fromkeys(results.VERDICTS, _COUNT)),
    },
    {"groups": _few(_NAME)},
)  # fmt: skip
NOT_ASSESSED = _each(
    {**_OF_BOTH, "reason": _TEXT}, {"evidence": _each({"source": one_of((results.SAVED,)), "file": _TEXT})}
)


def check(result: dict[str, Any]) -> None:
    """Refuse what is no result of a host.

    Args:
        result: What was read; its version has been looked at.

    Raises:
        EvidenceError: it tells the place, what is there and what is wanted.
    """
    form.check(ASSESSED if result.get("assessed") is True else NOT_ASSESSED, result, "", _REMEDY)
    names = [control["id"] for control in result.get("controls") or ()]
    form.check(
        Form("controls that differ", lambda value: len(set(value)) == len(value)), names, "the ids of controls", _REMEDY
    )
