# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of the variables of the roles that change hosts, by the roles' own arguments: before a host is changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml
from ansible import constants as C
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict

from ansible_collections.auditops.trail.plugins.module_utils.config import keys, legal
from ansible_collections.auditops.trail.plugins.module_utils.deploy import wanted
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import asked, moments, rotation, variables, waiver

_CONVERTED = ("audit_rules_health_limits",)
"""What is handed to a module as it is, which makes a dictionary of a text."""
_JUDGED_BY: Mapping[str, Any] = {"profiles": ["baseline"], "parameters": {}, "catalogue": [], "site": ""}
"""What says together which rules the profiles are, without the prefix of the role, and its defaults."""


def check(given: Mapping[str, Any], role: str, host: str, unread: Collection[str] = ()) -> None:
    """Refuse a value that the role would refuse on the host, when others of its tasks have changed that already.

    Args:
        given: Variables by name; those that are none of the role's do not count.
        role: Its name.
        host: Whose they are.
        unread: The names of those that the host has, too, and whose values its tasks alone can tell.

    Raises:
        TrailError: there is one; with what is wrong with it.
    """
    options = {name: {**option, "required": False} for name, option in _options(role).items() if name in given}
    told = ArgumentSpecValidator(options).validate({name: given[name] for name in options})
    # Arguments of a role are checked and not converted, and its expressions combine dictionaries alone.
    errors = [*_texts(given, options)] or list(told.error_messages)
    remedy = None
    try:
        if not errors and role in _OF_ROLE:
            _OF_ROLE[role](told.validated_parameters, unread)
    except TrailError as exc:
        place = "" if exc.file is None else f"{exc.file}: " if exc.line is None else f"{exc.file}:{exc.line}: "
        errors, remedy = [place + exc.message.rstrip(".")], exc.remedy
    if errors:
        raise TrailError(
            f"The role {role} would refuse this for {host}: {'; '.join(errors)}",
            remedy=f"{remedy or 'correct it.'} No host was changed.",
        )


def _texts(given: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[str]:
    """What is a text in the place of something else, or something else in the place of a text."""
    for name, option in options.items():
        value, of_dicts = given[name], option.get("elements") == "dict"
        if isinstance(value, str) and name not in _CONVERTED and (of_dicts or option.get("type") == "dict"):
            what, form = ("a list of dictionaries", "[{...}]") if of_dicts else ("a dictionary", "{...}")
            yield f"{name} is the text {value!r}, and has to be {what} (with -e: -e '{{\"{name}\": {form}}}')"
        for one in value if of_dicts and isinstance(value, list) else ():
            for part, of_part in (option.get("options") or {}).items():
                found = one.get(part) if isinstance(one, dict) else None
                if of_part.get("type", "str") == "str" and isinstance(found, (list, dict)):
                    yield f"{name}: {part} is {found!r}, and has to be a text"


def _check_rules(given: Mapping[str, Any], unread: Collection[str]) -> None:
    own = tuple((str(one["name"]), str(one["content"])) for one in given.get("audit_rules_files") or ())
    wanted.check(wanted.Given(own=own, settings=wanted.numbers(given.get("audit_rules_settings") or {})))
    # What a profile may be depends on all of them; without rules none is asked for.
    names = ("state", *_JUDGED_BY)
    if given.get("audit_rules_state") != "absent" and not any(f"audit_rules_{name}" in unread for name in names):
        told = {name: given.get(f"audit_rules_{name}", default) for name, default in _JUDGED_BY.items()}
        _compiled_from(json.dumps(told, sort_keys=True, default=str))


@lru_cache(maxsize=None)
def _compiled_from(told: str) -> None:
    """Refuse profiles, parameters, and files of a site or a catalogue that do not hold together; once for all hosts."""
    options = json.loads(told)
    if options["profiles"]:
        asked.basis({**options, "waiver_days": waiver.MOST_DAYS}, C.DEFAULT_LOCAL_TMP, moments.now())


def _check_daemon(given: Mapping[str, Any], unread: Collection[str]) -> None:
    """Refuse what no host takes; which keys one takes depends on its release."""
    keys_given = given.get("auditd_settings") or {}
    for name, value in keys_given.items():
        if str(name) in wanted.SHIPPED:
            raise TrailError(
                f"auditd_settings: {name} is a setting of the kernel, and no key of auditd.conf",
                remedy=f"write auditd_{name}, a variable of its own.",
            )
        _check_key("auditd", "auditd_settings", str(name), value)
    for file, settings in (given.get("auditd_plugins") or {}).items():
        try:
            of_file = check_type_dict(settings)
        except TypeError as exc:
            raise TrailError(
                f"auditd_plugins: what is given for {file} is no dictionary of keys",
                remedy=f'write it as {{{file}: {{active: "yes"}}}}.',
            ) from exc
        for name, value in of_file.items():
            _check_key("plugin", f"auditd_plugins, {file}", str(name), value)
    if "auditd_settings" not in unread:
        rotation.check_share(given.get("auditd_log_share", 0), keys_given)
    if "auditd_kernel" in unread or not given.get("auditd_kernel", True):
        return
    kernel = {name: given[f"auditd_{name}"] for name in wanted.SHIPPED if f"auditd_{name}" in given}
    wanted.check(wanted.Given(settings=wanted.numbers(kernel)))


def _check_key(kind: str, place: str, name: str, value: Any) -> None:
    if value is not None and keys.first_release(kind, name.lower()) is None:
        legal.require(kind, place, name, None, keys.release(None))


_OF_ROLE: Mapping[str, Callable[[Mapping[str, Any], Collection[str]], None]] = {
    "audit_rules": _check_rules,
    "auditd": _check_daemon,
}


@lru_cache(maxsize=None)
def _options(role: str) -> Mapping[str, Any]:
    """The options of all entry points of a role, by name."""
    with open(os.path.join(variables.ROOT, "roles", role, "meta", "argument_specs.yml"), encoding="utf-8") as file:
        entries = yaml.safe_load(file)["argument_specs"].values()
    return {name: option for entry in entries for name, option in (entry.get("options") or {}).items()}
