# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ``ansible_collections.auditops.trail`` importable from a plain checkout, on Python 3.6 and without Ansible.

What several test files share is imported by the same name, as ansible-test would do it:
``from ansible_collections.auditops.trail.tests.unit.NAME import NAME``.
"""

import os
import sys
import types

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Before anything imports hypothesis: its examples belong into the cache, not into the checkout.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(ROOT, ".cache", "hypothesis"))
COLLECTION = "ansible_collections.auditops.trail"


def make_importable(root):
    """Put packages without code of their own at the collection's name, the last one looking into ``root``.

    A collection that can be imported already (PYTHONPATH, ansible-test) is left as it is found.
    """
    parent = None
    for depth, name in enumerate(("ansible_collections", "ansible_collections.auditops", COLLECTION)):
        module = sys.modules.get(name)
        if module is None:
            module = types.ModuleType(name)
            module.__path__ = []
            module.__package__ = name
            sys.modules[name] = module
            if parent is not None:
                setattr(parent, name.rpartition(".")[2], module)
        if depth == 2 and root not in list(module.__path__):
            module.__path__ = [root] + list(module.__path__)
        parent = module


make_importable(ROOT)

try:
    import hypothesis
except ImportError:
    pass
else:
    # How long an example takes says something about the machine, which may be busy, and nothing about the code.
    hypothesis.settings.register_profile(
        "auditops", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("auditops")


@pytest.fixture(scope="session")
def repository():
    """The absolute path of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def collections_path(tmp_path_factory):
    """A folder for ANSIBLE_COLLECTIONS_PATH (and PYTHONPATH) in which the checkout stands as the collection."""
    base = tmp_path_factory.mktemp("collections")
    namespace = base / "ansible_collections" / "auditops"
    namespace.mkdir(parents=True)
    os.symlink(ROOT, str(namespace / "trail"))
    return str(base)
