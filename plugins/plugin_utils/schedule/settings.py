# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scheduled run is told: one JSON file that the role writes, and one with the secrets."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils.control import SEVERITIES

OWN_VARIABLES = ("result_dir", "history_dir", "evidence_dir", "merge")
"""What the runner itself gives to audit_compliance."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")
_MOST_SECRETS = 65536


@dataclass(frozen=True)
class Settings:
    """One schedule. Times are seconds unless the name says days or hours; 0 days keep everything."""

    name: str
    data: str
    """Folder that the runner's user owns: runs/, history/, evidence/, state.json."""
    bin: str
    """Folder with ansible-playbook of the pinned environment."""
    collections: str
    mode: str = "control"
    host: str = ""
    """The name under which this machine is told, in the inventory (pull) and in notices."""
    playbook: str = "auditops.trail.compliance"
    inventory: tuple[str, ...] = ()
    become: bool = True
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    time_limit: int = 3600
    report_days: int = 30
    keep_evidence: bool = False
    evidence_days: int = 400
    drop: str = ""
    stale_hours: int = 36
    pull_url: str = ""
    pull_branch: str = ""
    push: tuple[str, ...] = ()
    push_limit: int = 300
    mail_to: tuple[str, ...] = ()
    mail_from: str = ""
    sendmail: str = "/usr/sbin/sendmail"
    webhook_timeout: int = 30
    webhook_ca: str = ""
    least_severity: str = "low"
    textfile_dir: str = ""
    secrets: str = ""
    hardened: bool = False

    @property
    def runs(self) -> str:
        """A folder for each run, with its reports."""
        return os.path.join(self.data, "runs")

    @property
    def evidence(self) -> str:
        """Where the bundles are kept."""
        return os.path.join(self.data, "evidence")

    @property
    def history(self) -> str:
        """What all runs are compared by."""
        return os.path.join(self.data, "history")


@dataclass(frozen=True)
class Webhook:
    """Where notices are sent to; the address alone often lets anybody post there, so it is a secret."""

    url: str
    headers: Mapping[str, str]


_KINDS: dict[str, Any] = {
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "str": lambda value: isinstance(value, str),
    "tuple[str, ...]": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "Mapping[str, Any]": lambda value: isinstance(value, dict),
    "Mapping[str, str]": lambda value: isinstance(value, dict) and all(isinstance(one, str) for one in value.values()),
}


def read(path: str) -> Settings:
    """The settings of a schedule.

    Args:
        path: The JSON file that the role has written.

    Raises:
        TrailError: it cannot be read, or does not hold together.
    """
    return parse(_object(path, "the settings of the schedule"), path)


def parse(told: Mapping[str, Any], path: str) -> Settings:
    """The settings that a mapping tells.

    Raises:
        TrailError: a key is unknown or missing, or a value of another kind.
    """
    kinds = {name: str(one.type) for name, one in Settings.__dataclass_fields__.items()}
    strange = sorted(set(told) - set(kinds))
    if strange:
        raise _wrong(path, f"there is no setting {', '.join(strange)}")
    missing = [name for name in ("name", "data", "bin", "collections") if not told.get(name)]
    if missing:
        raise _wrong(path, f"{', '.join(missing)} is not given")
    for name, value in told.items():
        if not _KINDS[kinds[name]](value):
            raise _wrong(path, _of_another_kind(name, value, kinds[name]))
    found = Settings(**{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()})
    _check(found, path)
    return found


def _of_another_kind(name: str, value: Any, kind: str) -> str:
    if kind != "Mapping[str, str]" or not isinstance(value, dict):
        return f"{name} is {value!r}, and should be of the kind {kind}"
    # Beside it may be what lets somebody into a cloud.
    wrong = sorted(str(key) for key, one in value.items() if not isinstance(one, str))
    return f"{name} has something else than a text for {', '.join(wrong)}, which has to be in quotes"


def _check(found: Settings, path: str) -> None:
    own = [f"audit_compliance_{name}" for name in OWN_VARIABLES if f"audit_compliance_{name}" in found.variables]
    faults = (
        (not _NAME.match(found.name), f"the name {found.name!r} is no plain word"),
        (found.mode not in ("control", "pull"), f"mode is {found.mode!r}, and should be control or pull"),
        (found.least_severity not in SEVERITIES, f"least_severity is none of {', '.join(SEVERITIES)}"),
        (found.time_limit < 1, "time_limit has to be a second at least"),
        (found.push_limit < 1, "push_limit has to be a second at least"),
        (found.webhook_timeout < 1, "webhook_timeout has to be a second at least"),
        (found.stale_hours < 1, "stale_hours has to be an hour at least"),
        (not found.inventory, "inventory names nothing"),
        (
            found.mode != "pull" and bool(found.pull_url),
            "pull_url is for mode pull: ansible-pull judges the machine that it runs on, and a control node others",
        ),
        (
            not all(_is_address(one) for one in (*found.mail_to, found.mail_from or "none")),
            "mail_to or mail_from holds what is no address: a line feed, or nothing",
        ),
        (found.mode == "pull" and not found.host, "mode pull needs host, the name of this machine in the report"),
        (bool(own), f"{', '.join(own)} is the runner's own to give"),
    )
    for wrong, text in faults:
        if wrong:
            raise _wrong(path, text)


def _is_address(text: str) -> bool:
    """Whether a header can hold it: who gets the mail is the mail system's to say."""
    return text.isprintable() and bool(text.strip())


def webhook(settings: Settings) -> Webhook | None:
    """The webhook of the schedule; None where it has none.

    Args:
        settings: ``secrets`` names a JSON file with ``webhook_url`` and ``webhook_headers``.

    Raises:
        TrailError: the file can be read by others or does not hold together, or the address is not one of https.
    """
    if not settings.secrets or not os.path.lexists(settings.secrets):
        return None
    told = _object(settings.secrets, "the secrets of the schedule", secret=True)
    url, headers = told.get("webhook_url") or "", told.get("webhook_headers") or {}
    if not url:
        return None
    if not isinstance(url, str) or not _KINDS["Mapping[str, str]"](headers):
        raise _wrong(settings.secrets, "webhook_url is no text, or webhook_headers no mapping of texts")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as exc:
        raise _wrong(settings.secrets, f"webhook_url is no address: {exc}") from exc
    # A notice tells where hosts are blind.
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise _wrong(settings.secrets, "webhook_url has to begin with https:// (http:// to this machine alone)")
    return Webhook(url, headers)


def channels(settings: Settings, hook: Webhook | None) -> tuple[str, ...]:
    """By which ways notices go out: ``mail``, ``webhook``."""
    return tuple(name for name, wanted in (("mail", settings.mail_to), ("webhook", hook)) if wanted)


def _object(path: str, what: str, secret: bool = False) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as handle:
            status = os.fstat(handle.fileno())
            if secret and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise TrailError(
                    f"{what} can be read by others than their owner (mode {stat.S_IMODE(status.st_mode):04o}).",
                    file=path,
                    remedy="give the file mode 0600, and the webhook a new address.",
                )
            data = json.loads(handle.read(_MOST_SECRETS) if secret else handle.read())
    except OSError as exc:
        raise TrailError(
            f"{what} cannot be read: {exc.strerror}",
            file=path,
            remedy="run as the user of the schedule, or let the role audit_compliance_schedule write it again.",
        ) from exc
    except (ValueError, RecursionError) as exc:
        raise _wrong(path, f"this is no JSON: {'' if secret else exc}") from exc
    if not isinstance(data, dict):
        raise _wrong(path, "this is JSON, but no object")
    return data


def _wrong(path: str, text: str) -> TrailError:
    return TrailError(
        f"{text}.", file=path, remedy="set the role's variables, and let audit_compliance_schedule write it again."
    )
