# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What audit_rules has to do with the same files and the same kernel: what it deploys, left open, or was killed at."""

from typing import Any, FrozenSet, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import (
    original,
    recovery,
    switched_off,
    told,
    transaction,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.journal import Step
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.settings import running


def files(store: Store) -> FrozenSet[str]:
    """The paths of the files that audit_rules deploys."""
    return frozenset(path for path, digest in original.load(store)["ours"].items() if digest)


def interrupted(store: Store) -> Tuple[str, ...]:
    """A sentence for each change of rules or settings that did not come to its end."""
    found = []
    rules = recovery.interrupted(store)
    if rules is not None:
        found.append(told.of_interrupted(rules))
    settings = running.interrupted(store)
    if settings is not None:
        found.append(settings)
    return tuple(found)


def recover(store: Store, kernel: Any, step: Optional[Step]) -> Tuple[str, ...]:
    """Bring a change of rules that was interrupted to its end; a sentence about it, where there was one.

    Raises:
        TrailError: it cannot be brought to an end.
    """
    done = recovery.recover(kernel or switched_off.side(store, switched_off.reason()), store, step)
    return () if done is None else (told.of_recovered(done),)


def refuse_pending(store: Store) -> None:
    """Refuse to write where rules are loaded and not yet committed: the commit goes by the files as they were loaded.

    Raises:
        TrailError: it names the transaction.
    """
    held = transaction.pending(store)
    if held is not None:
        raise TrailError(
            "the rules of {0} are loaded and not committed: what is written to the rules files now would be in none "
            "of what was proven, and nothing is changed".format(held["id"]),
            remedy="commit it or roll it back first (audit_rules with state committed or rolled_back), give the values"
            " to audit_rules as its settings, or run this with persist false.",
        )
