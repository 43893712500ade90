"""Think, run a command, read what it printed, again: the loop that the Observer's runtime is measured against.

It shares the model, the budgets and the tasks with the Observer, and nothing else.
"""

import re
from dataclasses import dataclass, field

from domain.diagnosis import Cause, Diagnosis, FaultType, SystemLevel
from domain.errors import BadReply
from domain.incident import Incident
from domain.model import Message
from domain.ports import Shell
from graph.model.client import ModelClient
from graph.policies.chat.answer import read_conclusion
from graph.prompts.render import Prompt, load_prompt

MOST_OUTPUT = 16_000
"""Characters of one command's output that are shown, half from its beginning and half from its end."""
_BLOCK = re.compile(r"^```(sh|bash|json)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_CUT = "Your reply was cut at its longest; be shorter."
_ONE_BLOCK = "Write exactly one fenced block, sh or json."


@dataclass(frozen=True)
class ReactAgent:
    """One conversation about one incident."""

    client: ModelClient
    shell: Shell
    repairing: bool
    """Whether it is asked to repair, and its shell may write."""
    prompt: Prompt = field(
        default_factory=lambda: load_prompt("react", "task", "most", "causes", "levels", "fault_types")
    )

    async def run(self, incident: Incident, namespace: str) -> Diagnosis | None:
        """The answer, or `None` when the budget of steps ended before there was one.

        Raises:
            ModelDown, ModelSlow, ModelRefused, ModelSpent, BadReply: the model failed; there is no stand-in.
        """
        messages = [self._system(), Message(role="user", content=incident.question)]
        for _ in range(incident.budget.steps):
            reply = await self.client.ask(incident, messages)
            found = await self._acted(reply.text, reply.truncated, namespace)
            if isinstance(found, Diagnosis):
                return found
            messages += [Message(role="assistant", content=reply.text), Message(role="user", content=found)]
        return None

    async def _acted(self, text: str, truncated: bool, namespace: str) -> Diagnosis | str:
        """The answer, or what to tell the model next."""
        blocks = _BLOCK.findall(text)
        if truncated:
            return _CUT
        if len(blocks) != 1:
            return _ONE_BLOCK
        kind, body = blocks[0]
        if kind != "json":
            return _cut(await self.shell.run(body.strip()))
        try:
            return read_conclusion(body, namespace)
        except BadReply as error:
            return str(error)

    def _system(self) -> Message:
        rules = self.prompt.render(
            task=" and repair what is wrong before you answer" if self.repairing else "",
            most=str(MOST_OUTPUT),
            causes=", ".join(Cause),
            levels=", ".join(SystemLevel),
            fault_types=", ".join(FaultType),
        )
        return Message(role="system", content=rules)


def _cut(output: str) -> str:
    if len(output) <= MOST_OUTPUT:
        return output or "(no output)"
    half = MOST_OUTPUT // 2
    return f"{output[:half]}\n… {len(output) - MOST_OUTPUT} characters left out …\n{output[-half:]}"
