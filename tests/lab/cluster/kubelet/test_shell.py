"""Enough of a shell for init containers, exec probes and kubectl exec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.cluster.errors import ApiError
from lab.cluster.kubelet.machine import Machine, Reply
from lab.cluster.kubelet.shell import Script
from tests.lab.cluster.small import Small, deployment, service


def run(text: str, replies: list[Reply] | None = None, patience: float = 60) -> tuple[int | None, float, str]:
    """Exit code (`None` while it still sleeps), seconds, and what it printed."""
    left = list(replies or [])

    def request(host: str, port: int, path: str) -> Reply:
        return left.pop(0) if left else Reply("refused")

    machine = Machine("pod-1", {"NAME": "lab"}, {"/etc/app/a.conf": "port 80\n"}, request, "now")
    running, seconds = Script(machine, frozenset()).run(text), 0.0
    try:
        while seconds < patience:
            seconds += next(running)
    except StopIteration as ended:
        return int(ended.value), seconds, "".join(machine.out)
    return None, seconds, "".join(machine.out)


@pytest.mark.parametrize(
    ("text", "code", "out"),
    [
        ("echo hello $NAME; exit 3", 3, "hello lab\n"),
        ('echo "${NAME}-${MISSING:-none}"', 0, "lab-none\n"),
        ("echo '$NAME'", 0, "$NAME\n"),
        ("false || echo saved", 0, "saved\n"),
        ("false && echo lost", 1, ""),
        ("! false", 0, ""),
        ("false || { echo no; exit 5; }; echo never", 5, "no\n"),
        ("true || { echo no; exit 5; }; echo on", 0, "on\n"),
        ("if [ -f /etc/app/a.conf ]; then cat /etc/app/a.conf; else exit 9; fi", 0, "port 80\n"),
        ("if false; then echo a; elif true; then echo b; else echo c; fi", 0, "b\n"),
        ("X=5; echo $X > /dev/null 2>&1; [ $X = 5 ]", 0, "5\n"),
        ("sh -c 'exit 4'; echo $?", 0, "4\n"),
        ("ls /etc/app", 0, "a.conf\n"),
        ("cat /nope", 1, ""),
        ("nosuch", 127, ""),
        ("if true; then", 2, ""),
        ("printenv NAME\nhostname", 0, "lab\npod-1\n"),
    ],
)
def test_scripts(text: str, code: int, out: str) -> None:
    assert run(text)[0] == code
    assert run(text)[2] == out


def test_until_waits_for_the_network() -> None:
    replies = [Reply("host"), Reply("refused"), Reply()]
    assert run("until nc -z db 5432; do sleep 2; done; echo up", replies) == (0, 4.0, "up\n")


def test_a_busy_loop_does_not_stop_the_world() -> None:
    code, seconds, _ = run("while true; do true; done", patience=10)
    assert (code, seconds) == (None, 10.0)


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["wget", "-qO-", "http://web/"], 0, "<html><title>Welcome to nginx!</title></html>\n"),
        (["curl", "-s", "http://nobody/"], 6, "curl: (6) Could not resolve host: nobody\n"),
        (["curl", "-sf", "http://sick:8080/healthz"], 22, "curl: (22) The requested URL returned error: 503\n"),
        (["wget", "-O-", "http://web:81/"], 1, "wget: download timed out\n"),
        (["nc", "-z", "web", "80"], 0, ""),
        (["/bin/nosuch"], 126, "OCI runtime exec failed: exec failed: unable to start container process: "),
    ],
)
def test_commands_in_a_pod_meet_the_cluster_s_network(command: list[str], code: int, said: str) -> None:
    client = deployment("client", "busybox:1", command=["sleep", "infinity"])
    small = Small().after(10, client, service("web", 80), deployment("web"))
    small.after(10, service("sick", 8080), deployment("sick", "lab/unready:1"))
    result = small.world.exec(small.pod("client"), "main", command)
    assert result.exit_code == code
    assert (result.stdout + result.stderr).startswith(said)


def test_no_command_runs_in_a_container_that_does_not() -> None:
    small = Small().after(30, deployment("web", "lab/broken:1"))
    with pytest.raises(ApiError, match='container not found \\("main"\\)'):
        small.world.exec(small.pod("web"), "main", ["ls"])


WORDS = (
    *(
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "while",
        "until",
        "do",
        "done",
        "{",
        "}",
        "(",
        ")",
        "!",
        ";",
        "&&",
        "||",
    ),
    *("|", "&", ">", "2>&1", "echo", "exit", "sh", "-c", "sleep", "1", "nc", "x", "$?", "${A:-b}", "'", '"', "["),
    *("test", "exec", "\n", "true", "false", "cat", "/etc/app/a.conf", "A=1", "wget", "http://x:9/"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_whatever_is_written_the_shell_answers(text: str) -> None:
    code, _, _ = run(text, patience=20)
    assert code is None or 0 <= code <= 255


@pytest.mark.parametrize("command", [["sh"], ["sh", "-c"], ["bash", "-ec", "echo hi"], ["exit"], ["nc", "a", "b"]])
def test_odd_commands_have_an_exit_code(command: list[str]) -> None:
    small = Small().after(10, deployment("web"))
    assert small.world.exec(small.pod("web"), "main", command).exit_code in (0, 1, 126)
