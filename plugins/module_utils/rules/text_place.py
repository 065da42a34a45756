# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list and the action of ``-a``, ``-A`` and ``-d``, in either order."""

from typing import Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import ACTIONS, LISTS

_OLD_LISTS = ("exit", "task", "user", "exclude", "filesystem")


def read_place(
    option: str,
    text: str,
    version: Tuple[int, ...],
    known_list: Optional[str] = None,
    known_action: Optional[str] = None,
) -> Optional[Tuple[str, str]]:
    """List and action in ``text``, as audit_rule_setup() of src/auditctl.c reads it.

    Args:
        option: a, A or d.
        text: The option's value.
        version: auditctl's, of three numbers.
        known_list: The list that an earlier -w has set: then the second word
            can only be an action.
        known_action: The action that an earlier -w has set.

    Returns:
        None where the word ``possible`` makes auditctl pass over the line.

    Raises:
        RuleError: It is neither of the two orders.
    """
    words = text.split(",")
    if len(words) != 2:
        raise _bad_keyword(option, text, version)
    first, second = words
    list_name = known_list
    action = None
    if version >= (3, 0) and (first in ACTIONS or first == "possible"):
        action = first if first in ACTIONS else None
    else:
        found = _list(first, version)
        if found is not None:
            list_name = found
        elif first == "possible":
            return None
        elif first in ACTIONS:
            action = first
        else:
            raise _bad_keyword(option, text, version)
    if list_name is None:
        list_name = _list(second, version)
        if list_name is None:
            if version >= (3, 1):
                # The -1 of an unknown name is taken for a list, and the kernel refuses it.
                raise RuleError(
                    "Error sending add rule data request (Invalid argument): no list {0}".format(second),
                    remedy=_remedy(option, text, version),
                )
            raise _bad_keyword(option, text, version)
    elif second == "possible":
        return None
    elif second in ACTIONS:
        action = second
    else:
        raise _bad_keyword(option, text, version)
    action = action or known_action
    if action is None:
        raise _bad_keyword(option, text, version)
    return list_name, action


def _list(word: str, version: Tuple[int, ...]) -> Optional[str]:
    if version < (3, 1):
        return word if word in _OLD_LISTS else None
    return word.lower() if names.list_known(word, version) else None


def _bad_keyword(option: str, text: str, version: Tuple[int, ...]) -> RuleError:
    what = {"a": "Append", "A": "Add", "d": "Delete"}[option]
    return RuleError("{0} rule - bad keyword {1}".format(what, text), remedy=_remedy(option, text, version))


def _remedy(option: str, text: str, version: Tuple[int, ...]) -> str:
    known = [name for name in LISTS if _list(name, version)]
    words = text.lower().split(",")
    action = next((word for word in words if word in ACTIONS), ACTIONS[0])
    lists = [word for word in words if word in LISTS]
    if "io_uring" in lists and "io_uring" not in known:
        return "upgrade auditctl, which knows the list io_uring from 3.1 on, or leave this line out on this host."
    better = "-{0} {1},{2}".format(option, action, lists[0] if lists else "exit")
    if "entry" in words:
        return "write `{0}`: there is no list entry any more, exit has its rules.".format(better)
    if text != text.lower() and lists and len(words) == 2:
        return "write `{0}`, in small letters.".format(better)
    return "write an action ({0}) and a list ({1}), as in `{2}`.".format(" or ".join(ACTIONS), ", ".join(known), better)
