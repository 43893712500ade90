"""Actions against the stand-in's parser, which has the bugs of the real one."""

from typing import Any

import pytest

from examples.aiopslab.grammar import exec_shell, submit
from tests.examples.aiopslab.stand_in import Orchestrator, Unparsable, parsed

HARD = """echo "it's $HOME `id` \\"quoted\\""; awk '{print $1}' <<< 'a b'"""


def test_a_script_of_any_content_passes_whole() -> None:
    script = "cat <<'END'\n" + HARD + "\nEND\necho done >&2\n"
    name, (command,), keywords = parsed(exec_shell(script))
    assert (name, keywords) == ("exec_shell", {})
    for host in (True, False):
        seen = Orchestrator(host=host).exec_shell(command)
        assert seen == HARD + "\ndone\n"


def test_a_double_quoted_command_would_lose_its_last_quote() -> None:
    """Why scripts travel as they do."""
    assert parsed('```\nexec_shell("echo \\"hi\\"")\n```')[1] == ['echo "hi\\']


@pytest.mark.parametrize("answer", ["Yes", ["user-service"], [], {"system_level": "A", "fault_type": "B/C"}])
def test_an_answer_is_positional(answer: Any) -> None:
    assert parsed(submit(answer)) == ("submit", [answer], {})


def test_a_mitigation_submits_nothing() -> None:
    assert parsed(submit()) == ("submit", [], {})


@pytest.mark.parametrize("wrong", ["```bash\nsubmit()\n```", "submit()", exec_shell("a") + "\n" + submit()])
def test_the_stand_in_is_as_strict_as_the_real_one(wrong: str) -> None:
    with pytest.raises(Unparsable):
        parsed(wrong)
