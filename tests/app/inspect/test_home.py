"""Inspect has one home, and whoever does not evaluate never pays for it."""

import subprocess
import sys

import grimp

PACKAGES = ("app", "bot", "graph", "learn", "lab", "tools", "store", "domain")


def test_inspect_is_imported_in_its_home_alone() -> None:
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True)
    importers = graph.find_modules_that_directly_import("inspect_ai")
    assert importers
    assert {name for name in importers if not name.startswith("app.inspect.")} == set()


def test_the_command_starts_without_it() -> None:
    code = "import app.cli, app.lab_run, sys; print('inspect_ai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
