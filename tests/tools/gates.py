# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates that are one command each: formatters, linters, licences, documentation, the tarball."""

from __future__ import annotations

import os
import pathlib
import re

import checks
from checks import Gate, Result
from layout import CACHE, private_environ


class Tools:
    """The checkers' environment and the copies of the tree that they look at."""

    def __init__(self, interpreter: pathlib.Path) -> None:
        self.bin = interpreter.parent
        self.tree = checks.copy_tree("checkers")

    def environ(self, **more: str) -> dict[str, str]:
        """The private environment with the checkers first on PATH and the copied tree as the collection."""
        path = os.pathsep.join([str(self.bin), os.environ.get("PATH", os.defpath)])
        return private_environ(PATH=path, ANSIBLE_COLLECTIONS_PATH=str(self.tree.parents[2]), **more)

    def call(self, tool: str, *arguments: str, **more: str) -> Result:
        """Run one checker in the copied tree."""
        return checks.run([str(self.bin / tool), *arguments], self.tree, self.environ(**more))

    def mypy(self) -> Result:
        """The core under mypy's strict rules."""
        return self.call(
            "mypy",
            "--package",
            "ansible_collections.auditops.trail.plugins.module_utils",
            MYPYPATH=str(self.tree.parents[2]),
        )

    def ansible_lint(self) -> Result:
        """The production profile, offline, in a tree of its own because it leaves folders behind."""
        tree = checks.copy_tree("ansible-lint")
        environ = self.environ()
        environ["ANSIBLE_COLLECTIONS_PATH"] = str(tree.parents[2])
        command = ["ansible-lint", "--offline", "--strict", "--profile", "production", "--nocolor"]
        return checks.run([str(self.bin / command[0]), *command[1:]], tree, environ)

    def tarball(self) -> Result:
        """Build the tarball and let galaxy-importer judge it as Galaxy would."""
        tree = checks.copy_tree("tarball")
        output = CACHE / "tarball"
        built = checks.run(
            [str(self.bin / "ansible-galaxy"), "collection", "build", "--force", "--output-path", str(output)],
            tree,
            self.environ(),
        )
        if not built.ok:
            return built
        archive = max(output.glob("auditops-trail-*.tar.gz"), key=lambda path: path.stat().st_mtime)
        judged = checks.run(
            [str(self.bin / "python"), "-m", "galaxy_importer.main", str(archive)], output, self.environ()
        )
        complaints = [line for line in judged.details.splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
        return Result(judged.ok and not complaints, judged.details)

    def execution_environment(self) -> Result:
        """Build the tarball and the context of the image; what it is to install has to be in there."""
        tree = checks.copy_tree("execution-environment")
        for command in (["ansible-galaxy", "collection", "build", "--force"], ["ansible-builder", "create"]):
            done = checks.run([str(self.bin / command[0]), *command[1:]], tree, self.environ())
            if not done.ok:
                return done
        build = tree / "context" / "_build"
        wanted = re.findall(r"/build/(\S+\.tar\.gz)", (build / "requirements.yml").read_text(encoding="utf-8"))
        missing = [name for name in wanted if not (build / name).is_file()]
        if missing or not wanted:
            return Result(False, f"{build}: it installs {wanted or 'no tarball'}; not there: {missing}")
        return done


def gates(interpreter: pathlib.Path) -> list[Gate]:
    """The gates, the quick ones first."""
    tools = Tools(interpreter)
    return [
        Gate("ruff", lambda: tools.call("ruff", "check", "--no-cache", "--output-format=concise")),
        Gate("ruff-format", lambda: tools.call("ruff", "format", "--check", "--diff", "--no-cache")),
        Gate("yamllint", lambda: tools.call("yamllint", "--strict", ".")),
        Gate("reuse", lambda: tools.call("reuse", "lint")),
        Gate("antsibull-changelog", lambda: tools.call("antsibull-changelog", "lint")),
        Gate("mypy", tools.mypy),
        Gate(
            "antsibull-docs",
            lambda: tools.call("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "."),
        ),
        Gate("execution-environment", tools.execution_environment),
        Gate("ansible-lint", tools.ansible_lint),
        Gate("galaxy-importer", tools.tarball),
    ]
