"""The baseline's shell runs kubectl against the lab, and opens no way to anything else on this machine."""

import os
from pathlib import Path

import pytest

from app.lab_shell import KubectlShell, kubectl
from domain.errors import Misconfigured


@pytest.fixture
def shell(tmp_path: Path) -> KubectlShell:
    """On a program that prints its arguments and its environment."""
    program = tmp_path / "kubectl"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nprintf "KUBECONFIG=%s\\n" "$KUBECONFIG"\n')
    program.chmod(0o755)
    return KubectlShell(program, tmp_path / "lab.yaml", tmp_path)


async def test_a_command_gets_its_words_and_the_kubeconfig_of_the_lab(shell: KubectlShell) -> None:
    printed = await shell.run("""kubectl patch svc web -p '{"a": 1}'""")
    assert printed.splitlines() == ["patch", "svc", "web", "-p", '{"a": 1}', f"KUBECONFIG={shell.kubeconfig}"]


@pytest.mark.parametrize(
    "command",
    [
        "kubectl -n shop get pods -owide",
        "kubectl get pods -n shop -o=jsonpath='{.items[?(@.a>1)]}'",
        "kubectl logs web-1 -c app -p --tail=5",
        "kubectl rollout undo deployment/web -nshop",
        "kubectl get pods -A -w=false",
    ],
)
async def test_what_an_engineer_types_is_run(shell: KubectlShell, command: str) -> None:
    assert "KUBECONFIG=" in await shell.run(command)


async def test_what_follows_two_dashes_belongs_to_the_container(shell: KubectlShell) -> None:
    assert (await shell.run("kubectl exec web-1 -- tail -f x")).splitlines()[:2] == ["exec", "web-1"]


@pytest.mark.parametrize(
    "command",
    [
        "",
        "rm -rf /",
        "kubectl get pods | sh",
        "kubectl get pods > /etc/passwd",
        "kubectl get pods; id",
        "kubectl get pods&& id",
        "kubectl get -Rf /root",
        "kubectl get pods -o jsonpath-file=/etc/passwd",
        "kubectl get pods --template=/etc/passwd",
        "kubectl get pods --kubeconfig=/root/.kube/config",
        "kubectl --context prod get pods",
        "kubectl -s https://prod get pods",
        "kubectl -shttps://prod get pods",
        "kubectl apply -f /etc/passwd",
        "kubectl apply -f/etc/passwd",
        "kubectl create configmap x --from-file=/root",
        "kubectl get pods --as=system:admin",
        "kubectl cp web-1:/x /y",
        "kubectl config view --raw",
        "kubectl -n shop proxy",
        "kubectl plugin list",
        "kubectl 'unfinished",
    ],
)
async def test_whatever_leads_elsewhere_is_not_run(shell: KubectlShell, command: str) -> None:
    assert "KUBECONFIG=" not in await shell.run(command)


async def test_nothing_of_this_environment_is_handed_on(
    shell: KubectlShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AOI_SLACK_BOT_TOKEN", "xoxb-secret")
    shell.kubectl.write_text("#!/bin/sh\nexport -p\n")
    assert "xoxb-secret" not in await shell.run("kubectl version")


def test_a_machine_without_kubectl_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(Misconfigured, match="needs kubectl on PATH"):
        kubectl()
