"""A whole retrain of a team, from its runs to Promote; and whatever goes wrong, the old model serves on."""

import errno
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.learn_promote import let_decide
from app.learning import rollback
from app.model import adapters_of
from domain.audit import Deed, Head, flaws
from domain.episodes import Episode
from domain.errors import BadInput
from domain.feedback import Thumb
from domain.lessons import State
from domain.retrain import Outcome, Retrain
from tests.app.team import NEW, OLD, Team, team
from tests.fakes import START, HandClock
from tests.learn.export.data import answered, incident, repaired, thumb
from tests.taught import lesson

pytestmark = pytest.mark.usefixtures("clean")

SERVES_ON = (OLD, [OLD])
LATER = START + timedelta(days=10)
"""Between the first retrain and the second."""


@pytest.fixture
async def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Team]:
    async with team(tmp_path, monkeypatch) as there:
        yield there


async def deeds(ours: Team) -> list[str]:
    links, head = await ours.store.audit.chain()
    assert isinstance(head, Head)
    assert list(flaws(links, head)) == []
    return [link.text for link in links]


async def test_a_better_candidate_is_promoted_and_taken_back(ours: Team) -> None:
    ended = await ours.retrains()
    assert (ended.outcome, ended.candidate, ended.rewards) == (Outcome.READY, NEW, (0.25,))
    assert ended.harvest.rows == 3
    assert ours.serving == SERVES_ON, "a candidate waits for a person"
    report = (Path(ended.report) / "report.md").read_text()
    assert "Trained on 3 prompts, 3 steps; seed 0, data 000000000000." in report
    assert "Steps by stage: sft 1, grpo 2; trl 1.16.0." in report
    done = await ours.learning.promote(ended.id, "U0ADA")
    assert done is not None
    assert done.outcome is Outcome.PROMOTED
    assert ours.serving == (NEW, [OLD, NEW])
    assert await rollback(ours.settings, ours.store, "terminal:ada", HandClock()) == OLD
    assert ours.serving[0] == OLD
    told = await deeds(ours)
    assert (Deed.PROMOTED.value in told[-3], Deed.ROLLED_BACK.value in told[-1]) == (True, True)
    assert "terminal:ada" in told[-1]


async def test_what_taught_once_does_not_teach_again(ours: Team) -> None:
    await ours.retrains()
    again = await ours.retrains("k2")
    assert (again.outcome, again.why) == (Outcome.NOTHING, "There is nothing new to learn from.")
    newer = incident(await repaired(), "inc-new", kept_at=LATER)
    await ours.keep(newer)
    assert (await ours.retrains("k3")).candidate == "aoi-observer-v3"


async def test_a_worse_candidate_is_kept_and_nobody_can_promote_it(
    ours: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.better = False
    ended = await ours.retrains()
    assert ended.outcome is Outcome.WORSE
    assert await ours.learning.promote(ended.id, "U0ADA") is None
    as_environment(ours, monkeypatch)
    with pytest.raises(BadInput, match=f"{NEW} has not passed the gate"):
        await let_decide(NEW, ungated=False, user="ada")
    assert ours.serving == SERVES_ON
    await let_decide(NEW, ungated=True, user="ada")
    assert ours.serving[0] == NEW
    assert "though it passed no gate" in (await deeds(ours))[-1]


async def test_a_promotion_from_the_terminal_is_the_one_of_the_card(
    ours: Team, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = await ours.retrains()
    as_environment(ours, monkeypatch)
    await let_decide(NEW, ungated=False, user="ada")
    card = await ours.learning.retrain(ended.id)
    assert (card.outcome, card.decided_by) == (Outcome.PROMOTED, "terminal:ada")
    await let_decide(NEW, ungated=False, user="ada")
    assert f"{NEW} decides already." in capsys.readouterr().out
    await let_decide(OLD, ungated=False, user="ada")  # it has served before
    assert ours.serving[0] == OLD


@pytest.mark.parametrize("missing", ["adapter_model.safetensors", "adapter_config.json"])
async def test_an_adapter_that_is_not_whole_gets_no_name(ours: Team, missing: str) -> None:
    (ours.folder / "made" / "adapter" / missing).unlink()
    ended = await ours.retrains()
    assert ended.outcome is Outcome.FAILED
    assert missing in ended.why
    assert [adapter.name for adapter in adapters_of(ours.settings).roster().adapters] == [OLD]
    assert ours.serving == SERVES_ON


async def test_an_adapter_that_no_server_takes_is_a_candidate_that_failed(ours: Team) -> None:
    ours.vllm.refuses = 400
    ended = await ours.retrains()
    assert ended.outcome is Outcome.FAILED
    assert "damaged" in ended.why
    assert ours.serving == SERVES_ON


async def test_a_disk_that_fills_up_while_the_adapter_is_saved(
    ours: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr("store.adapters.shutil.copyfile", _no_space)
        ended = await ours.retrains()
    assert ended.outcome is Outcome.FAILED
    assert "No space left on device" in ended.why
    assert adapters_of(ours.settings).roster().adapters[-1].name == OLD
    assert ours.serving == SERVES_ON
    assert (await ours.retrains("k2")).outcome is Outcome.READY


def _no_space(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def _poisoned() -> list[Episode]:
    """One person says no to everything, five hundred times in a day."""
    told = await answered()
    told.steps.append(thumb(Thumb.DOWN, "U666"))
    return [incident(told, f"inc-{n:03}", kept_at=LATER) for n in range(500)]


async def _contradicting() -> list[Episode]:
    """As many for it as against it."""
    told = await answered()
    told.steps += [thumb(Thumb.UP), thumb(Thumb.DOWN, "U2", at=1)]
    return [incident(told, kept_at=LATER)]


async def _cut_short() -> list[Episode]:
    """Its end is missing."""
    whole = incident(await repaired(), kept_at=LATER)
    run = whole.trajectory
    return [whole.model_copy(update={"trajectory": run.model_copy(update={"entries": run.entries[:-1]})})]


@pytest.mark.parametrize("runs", [_poisoned, _contradicting, _cut_short])
async def test_runs_that_say_nothing_sound_train_nothing(ours: Team, runs: Callable[[], Any]) -> None:
    await ours.retrains()
    await ours.keep(*await runs())
    ended = await ours.retrains("k2")
    assert ended.outcome is Outcome.NOTHING
    assert ours.serving == SERVES_ON


async def test_an_adapter_is_registered_once_by_each_retrain(ours: Team) -> None:
    ended = await ours.retrains()
    again = await ours.workshop.register(ended.id, "tiny", await _trained(ours, ended))
    assert again == NEW
    assert await ours.workshop.register("ret-other", "tiny", await _trained(ours, ended)) == "aoi-observer-v3"


async def _trained(ours: Team, ended: Retrain) -> Any:
    async def tell(*_: Any, **__: Any) -> None:
        return None

    folder = ours.settings.data_dir / "retrain" / ended.id
    return await ours.workshop.train("tiny", folder / "data", folder / "training", tell)


async def test_the_week_tells_what_was_learned_and_what_is_open(ours: Team) -> None:
    old = lesson("les-old").model_copy(update={"created": START.replace(year=2025)})
    for one in (lesson("les-new"), lesson("les-bad", state=State.REJECTED), old):
        await ours.store.lessons.keep(one)
    week = await ours.learning.week()
    assert week.lessons == (lesson("les-new").says,)
    assert week.serving == OLD


def as_environment(ours: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The team's settings for a command, which reads the environment."""
    for name in ("data_dir", "policy", "model_name"):
        monkeypatch.setenv(f"AOI_{name.upper()}", str(getattr(ours.settings, name)))
    monkeypatch.setenv("AOI_MODEL_URL", ",".join(ours.settings.model_url))
