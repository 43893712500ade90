"""Rules of the house that no linter knows: who may reach the writer, make a grant, hold the reader."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "bot", "graph", "learn", "lab", "tools", "store", "domain")


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES)


def sources(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for path in (ROOT / package).rglob("*.py"):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def calls_of(name: str, tree: ast.Module) -> int:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return sum(getattr(call.func, "id", getattr(call.func, "attr", None)) == name for call in calls)


def test_only_the_executor_and_the_wiring_reach_the_writer(imports: grimp.ImportGraph) -> None:
    reach = imports.find_modules_that_directly_import("tools.cluster.writer")
    strangers = {m for m in reach if not m.startswith(("tools.executor", "app."))}
    assert strangers == set()
    assert any(m.startswith("tools.executor") for m in reach), "the rule has lost its object"


def test_nobody_opens_a_connection_to_a_cluster_but_the_wiring(imports: grimp.ImportGraph) -> None:
    """A connection with the writer's credentials would be a writer; so nobody else gets to make one."""
    reach = imports.find_modules_that_directly_import("tools.cluster.connection")
    strangers = {m for m in reach if not m.startswith("tools.cluster.")}
    assert strangers == {"app.connect", "app.lab_mark"}


def test_the_wiring_gives_the_writer_to_the_executor_alone() -> None:
    """It is made in one place, which makes the executor, too; only the doctor connects as it besides."""
    openers = {path for path, tree in sources(*PACKAGES) if calls_of("connect_writer", tree)}
    makers = {path for path, tree in sources(*PACKAGES) if calls_of("Writer", tree)}
    takers = {
        path
        for path, tree in sources("app", "bot", "graph", "learn", "lab")
        if any(isinstance(node, ast.Attribute) and node.attr == "writer" for node in ast.walk(tree))
    }
    employers = {path for path, tree in sources(*PACKAGES) if calls_of("Executor", tree)}
    assert makers == {"app/hands.py"}
    assert takers == {"app/hands.py"}
    assert "app/hands.py" in employers
    assert openers == {"app/hands.py", "app/checkup.py"}


def test_the_graph_and_the_bot_reach_no_cluster_code(imports: grimp.ImportGraph) -> None:
    for package in ("graph", "bot", "learn"):
        assert not imports.find_shortest_chains(package, "tools", as_packages=True)


def test_only_the_approval_makes_a_grant() -> None:
    makers = {path for path, tree in sources(*PACKAGES) if calls_of("Grant", tree)}
    assert makers == {"domain/approval.py"}


def test_only_observe_and_the_service_hold_the_reader() -> None:
    """`open` asks it for the namespaces; every look is observe's, which runs a round of probes in `probing`."""
    holders = {
        path
        for path, tree in sources("graph")
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and getattr(node.annotation, "id", None) == "Eyes"
    }
    assert holders == {"graph/nodes/observe.py", "graph/probing.py", "graph/service.py"}


def test_policies_see_findings_and_never_artifacts() -> None:
    for path, tree in sources("graph/policies"):
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert not names & {"Artifact", "Artifacts", "Eyes", "Ledger"}, path


def test_no_confidence_gates_a_write() -> None:
    """Rules and people decide; confidence is shown and trained on."""
    for path, tree in sources(
        "tools/executor", "tools/guardrails.py", "tools/planner.py", "graph/nodes", "graph/service.py"
    ):
        compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
        assert not any("confidence" in ast.dump(node) for node in compared), path


def test_the_playbook_knows_no_sample_application() -> None:
    """Names of the lab's workloads and services never occur in what diagnoses them."""
    names = {
        manifest["metadata"]["name"]
        for path in (ROOT / "lab/apps").rglob("manifests/*.yaml")
        for manifest in yaml.safe_load_all(path.read_text())
        if manifest and manifest["kind"] in ("Deployment", "StatefulSet", "Service")
    } - COMMON
    assert len(names) > 5
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b")
    for package in ("graph", "tools"):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in {".py", ".yaml", ".md"}:
                code = _without_docstrings(path)
                found = pattern.search(code)
                assert not found, f"{path.relative_to(ROOT)} names {found and found[0]!r}"


COMMON = {
    "postgres", "postgresql", "redis", "valkey", "kafka", "consul", "memcached", "mongodb", "opensearch",
    "jaeger", "grafana", "prometheus", "gateway", "frontend", "flagd", "load-generator",
    "user", "search", "profile", "rate", "geo", "email", "image", "text", "media", "currency", "quote", "ad",
}  # fmt: skip
"""Middleware and plain words of the language, which a diagnosis may use without knowing an application."""


def _without_docstrings(path: Path) -> str:
    """Source with docstrings left out: an example in prose decides nothing."""
    text = path.read_text()
    if path.suffix != ".py":
        return text
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            node.value.value = ""
    return ast.unparse(tree)
