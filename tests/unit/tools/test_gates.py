# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate makes of what its programs leave behind; shell scripts stand for them."""

import pytest

TARBALL = "auditops-trail-1.0.0.tar.gz"
CONTEXT = f"mkdir -p context/_build/galaxy && echo 'name: /build/galaxy/{TARBALL}' > context/_build/requirements.yml"


@pytest.fixture
def tools(tool, monkeypatch, tmp_path):
    """A function that gives the tools with an ansible-builder that does what it is told."""
    module = tool("gates")

    def copied(name):
        (tmp_path / name).mkdir(exist_ok=True)
        return tmp_path / name

    monkeypatch.setattr(module.checks, "copy_tree", copied)
    monkeypatch.setattr(module.Tools, "environ", lambda _self: None)

    def of(builder):
        for name, text in (("ansible-galaxy", f"touch {TARBALL}"), ("ansible-builder", builder)):
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        return module.Tools(tmp_path / "python")

    return of


def test_an_execution_environment_whose_context_holds_the_tarball_is_ok(tools):
    assert tools(f"{CONTEXT} && cp {TARBALL} context/_build/galaxy").execution_environment().ok


@pytest.mark.parametrize(
    ("builder", "said"),
    [
        ("echo no such key; exit 1", "no such key"),
        (CONTEXT, f"not there: ['galaxy/{TARBALL}']"),
        ("mkdir -p context/_build && : > context/_build/requirements.yml", "it installs no tarball"),
    ],
)
def test_one_that_would_install_what_is_not_there_is_not(tools, builder, said):
    result = tools(builder).execution_environment()
    assert not result.ok
    assert said in result.details
