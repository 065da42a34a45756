# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of the playbook's variables: one that is misspelt is refused before a host is changed.

Most of them are read after that: what a misspelt one then stops is the gate, and the hosts of the batch are left as
they are, changed, not decided on and not rolled back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from ansible.module_utils.common.validation import check_type_dict, check_type_float, check_type_int

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.health import watch
from ansible_collections.auditops.trail.plugins.module_utils.health.criteria import Limits
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import decision

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
"""What the filter ``bool`` of every release takes for one of both; it takes any other text for false."""
FAIL_ON = ("never", "worse")


def check(values: Mapping[str, Any], host: str) -> None:
    """Refuse a value that cannot be meant.

    Args:
        values: Variables of a host, by name; those that are not given are left out, and so are others than these.
        host: Its name.

    Raises:
        TrailError: there is one; with the variable, the host, and what it may be.
    """
    for name, (demand, may, example) in _RULES.items():
        if name not in values:
            continue
        try:
            meant = demand(values[name])
        except (TypeError, ValueError, TrailError):
            meant = False
        if not meant:
            raise TrailError(
                f"{name} is {values[name]!r} for {host}, and has to be {may}. It would be met when hosts are changed "
                "already, and stop the rollout there",
                remedy=f"correct it, as in {name}: {example}.",
            )


def is_true(value: Any) -> bool:
    """What the filter ``bool`` makes of a value."""
    return str(value).lower() in _TRUE


def _boolean(value: Any) -> bool:
    return str(value).lower() in (*_TRUE, *_FALSE)


def _share(value: Any) -> bool:
    decision.check(_number(value))
    return True


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    number: float = check_type_float(value)
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    number: int = check_type_int(value)
    return number


def _watched(value: Any) -> bool:
    watch.check_options(_whole(value), Limits())
    return True


def _limits(value: Any) -> bool:
    given = check_type_dict(value)
    numbers: dict[str, Any] = {
        name: _number(one) if name == "retention_days" else _whole(one)
        for name, one in given.items()
        if (name, one) != ("log_bytes_per_second", None)  # any number of them
    }
    watch.check_options(0, Limits()._replace(**numbers))
    return all(map(math.isfinite, numbers.values()))


def _switch(value: Any) -> bool:
    return str(value).lower() == "auto" or _boolean(value)


def _batches(value: Any) -> bool:
    found = yaml.safe_load(value) if isinstance(value, str) else value
    sizes = found if isinstance(found, list) else [found]
    return bool(sizes) and all(map(_size, sizes))


def _size(value: Any) -> bool:
    if isinstance(value, str) and value.endswith("%"):
        return 0 < _number(value[:-1]) <= 100
    return _whole(value) > 0


OF_ROLES = ("audit_rules_immutable", "audit_rules_loginuid_immutable")
"""Variables of the roles that take anything for a switch."""
_RULES: Mapping[str, tuple[Callable[[Any], bool], str, str]] = {
    "audit_rules_immutable": (_switch, "auto, true or false", "auto"),
    "audit_rules_loginuid_immutable": (_switch, "auto, true or false", "auto"),
    "rollout_serial": (
        _batches,
        "a number of hosts above 0, a share such as 30%, or a list of these",
        '[1, "10%", "100%"]',
    ),
    "rollout_trial": (_boolean, "true or false", "true"),
    "rollout_compliance": (_boolean, "true or false", "true"),
    "rollout_fail_on": (lambda value: value in FAIL_ON, " or ".join(FAIL_ON), "worse"),
    "rollout_gate_seconds": (_watched, "a whole number of seconds, an hour at most", "60"),
    "rollout_reconnect_seconds": (lambda value: _whole(value) > 0, "a whole number of seconds above 0", "60"),
    "rollout_max_fail_percentage": (_share, "a number from 0 to 100", "10"),
    "rollout_limits": (
        _limits,
        f"a mapping of {', '.join(Limits._fields)} to numbers from 0 on (backlog_percent from 1 to 100)",
        "{lost: 0, retention_days: 1}",
    ),
    "rollout_result_dir": (lambda value: bool(str(value or "").strip()), "a folder", "audit-rollout"),
}
