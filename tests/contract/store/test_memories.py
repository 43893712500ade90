"""Past incidents come back by their symptoms and by their words, the same from both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.cluster import Ref
from domain.diagnosis import Cause
from domain.incident import Status
from domain.journal import Noted
from domain.memory import Attempt, Cue, Fate, Memory, Reason, Symptom
from store.build import Store
from tests.contract.store.values import NOW, SOON, incident, opened

WEB = Ref(kind="Deployment", name="web", namespace="shop")
API = Ref(kind="Deployment", name="api", namespace="shop")
PULL = Symptom(cause=Cause.IMAGE_PULL, kind="Deployment")
CRASH = Symptom(cause=Cause.CRASH_LOOP, kind="Deployment")
DNS = Symptom(cause=Cause.DNS_FAILURE, kind="ConfigMap")
BACK = Attempt(action="roll_back", target=WEB, cause=Cause.IMAGE_PULL, fate=Fate.RESOLVED)


def memory(
    name: str,
    symptoms: Sequence[Symptom] = (PULL,),
    subject: Ref = WEB,
    question: str = "",
    at: datetime = NOW,
    seq: int = 1,
) -> Memory:
    return Memory(
        incident_id=name,
        seq=seq,
        at=at,
        origin=incident().origin,
        status=Status.RESOLVED,
        question=question,
        root_cause="",
        cause=None,
        symptoms=tuple(symptoms),
        subjects=(subject,),
        statements=(),
        attempts=(BACK,),
        corrections=(),
    )


async def kept(store: Store, *memories: Memory) -> None:
    for one in memories:
        await opened(store, one.incident_id)
        await store.memories.remember(one)


def cue(*symptoms: Symptom, subject: Ref = WEB, text: str = "") -> Cue:
    return Cue(incident_id="inc-now", symptoms=symptoms, subjects=(subject,), text=text)


async def recalled(store: Store, wanted: Cue) -> list[str]:
    return [r.memory.incident_id for r in await store.memories.recall(wanted, 3)]


async def test_a_memory_comes_back_whole_and_says_why(store: Store) -> None:
    await kept(store, memory("inc-a", question="“naïve” \x00 🙂"))
    (found,) = await store.memories.recall(cue(PULL), 3)
    assert found.memory == memory("inc-a", question="“naïve” \x00 🙂")
    assert found.reasons == (Reason.SAME_WORKLOAD, Reason.SAME_SYMPTOMS)


async def test_names_of_workloads_do_not_matter_but_the_same_one_comes_first(store: Store) -> None:
    await kept(store, memory("inc-other", subject=API, at=SOON), memory("inc-same", (PULL, CRASH)))
    assert await recalled(store, cue(PULL)) == ["inc-same", "inc-other"]


async def test_rarer_symptoms_weigh_more(store: Store) -> None:
    """Six incidents crashed and one had no DNS; each of the two candidates shares one symptom with the cue."""
    common = [memory(f"inc-{n}", (CRASH,), API) for n in range(5)]
    await kept(store, memory("inc-dns", (DNS, PULL), API), memory("inc-crash", (CRASH, PULL), API), *common)
    found = await store.memories.recall(cue(DNS, CRASH), 9)
    scores = {r.memory.incident_id: r.score for r in found}
    assert max(scores, key=lambda name: scores[name]) == "inc-dns"
    assert scores["inc-dns"] > 2 * scores.get("inc-crash", 0)


async def test_what_shares_nothing_but_the_workload_stays_away(store: Store) -> None:
    await kept(store, memory("inc-a", (DNS,)))
    assert await recalled(store, cue(PULL, text="web is down")) == []


async def test_words_find_what_symptoms_do_not(store: Store) -> None:
    await kept(
        store,
        memory("inc-a", (DNS,), API, "Customers cannot pay: the checkout times out after the release"),
        memory("inc-b", (DNS,), API, "Search returns nothing"),
    )
    (found,) = await store.memories.recall(cue(text="checkout timing out for customers"), 3)
    assert (found.memory.incident_id, found.reasons) == ("inc-a", (Reason.SAME_WORDS,))


async def test_words_decide_between_equal_symptoms(store: Store) -> None:
    older = memory("inc-pay", (PULL,), API, "payments fail at night", NOW - timedelta(days=30))
    await kept(store, older, memory("inc-ads", (PULL,), API, "adverts are missing"))
    assert await recalled(store, cue(PULL, text="payments fail")) == ["inc-pay", "inc-ads"]


async def test_of_equals_the_newest_come_first_and_only_so_many(store: Store) -> None:
    await kept(store, *(memory(f"inc-{n}", at=NOW + timedelta(days=n)) for n in range(5)))
    assert await recalled(store, cue(PULL)) == ["inc-4", "inc-3", "inc-2"]


async def test_an_incident_does_not_remind_of_itself(store: Store) -> None:
    await kept(store, memory("inc-now", question="web is down"))
    assert await recalled(store, cue(PULL, text="web is down")) == []


async def test_words_that_look_like_a_query_are_only_words(store: Store) -> None:
    await kept(store, memory("inc-a", (DNS,), API, "NEAR(checkout AND payments)"))
    wild = "checkout\" OR payments') | NOT * : & <-> NEAR(payments, 2) -- \x00 {words}"
    assert await recalled(store, cue(text=wild)) == ["inc-a"]
    assert await recalled(store, cue(text="\"'()*&|! ü \x00")) == []


async def test_remembering_again_replaces_and_an_older_journal_does_not(store: Store, other: Store) -> None:
    await kept(store, memory("inc-a", (PULL,), WEB, "payments fail badly", seq=5))
    await other.memories.remember(memory("inc-a", (CRASH,), API, "search returns nothing", seq=7))
    await store.memories.remember(memory("inc-a", (PULL,), WEB, "payments fail badly", seq=5))
    assert await recalled(store, cue(PULL, text="payments fail badly")) == []
    assert await recalled(store, cue(CRASH)) == ["inc-a"]
    assert await recalled(store, cue(text="search returns nothing")) == ["inc-a"]


async def test_what_ended_and_is_not_remembered_or_grew_since_is_behind(store: Store) -> None:
    for name, status in (("inc-a", Status.RESOLVED), ("inc-b", Status.HANDED_OVER), ("inc-c", Status.ACTING)):
        await opened(store, name)
        await store.journal.append(name, "1", NOW, Noted(by="U1", text="x"))
        await store.incidents.set_status(name, status, NOW)
    assert await store.memories.behind(9) == ("inc-a", "inc-b")
    await store.memories.remember(memory("inc-a", seq=1))
    assert await store.memories.behind(9) == ("inc-b",)
    await store.journal.append("inc-a", "2", SOON, Noted(by="U1", text="y"))
    assert await store.memories.behind(9) == ("inc-a", "inc-b")
