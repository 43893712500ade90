"""A model writes plans: what can be read counts, and a model that fails keeps nobody from learning."""

import json
from dataclasses import replace

from jsonschema import Draft202012Validator

from learn.evolver.drawing import ModelPlans, plan_schema
from learn.evolver.mine import mine
from learn.evolver.written import write_plan
from tests.graph.model.clients import TERMS, bench
from tests.graph.model.server import Fails, Says
from tests.learn.evolver import runs
from tests.learn.evolver.runs import ERRORS, run
from tests.learn.evolver.test_written import PLANS

EPISODE = runs.failed(run(ERRORS))
DRAWING = replace(TERMS, samples=3, temperature=1.0, attempts=1)


async def test_the_plans_that_can_be_read_count() -> None:
    good, drill = write_plan(PLANS[0]), write_plan(PLANS[3])
    async with bench(Says(good), Says("I think it is DNS."), Says(drill), terms=DRAWING) as there:
        drawn = await ModelPlans(there.client).draw(EPISODE, mine(EPISODE))
        asked = there.model.requests[0]
    assert sorted(drawn, key=lambda plan: plan.anomaly) == [PLANS[3], PLANS[0]]
    assert asked["response_format"]["json_schema"]["name"] == "plan"
    assert "lease 17 is held by holder" in asked["messages"][-1]["content"]


async def test_a_model_that_cannot_be_asked_writes_none() -> None:
    async with bench(Fails(500), terms=DRAWING) as there:
        assert await ModelPlans(there.client).draw(EPISODE, mine(EPISODE)) == ()


def test_the_schema_takes_what_can_be_read() -> None:
    schema = Draft202012Validator(plan_schema(("prod",)).schema)
    for plan in PLANS:
        assert schema.is_valid(json.loads(write_plan(plan)))
    assert not schema.is_valid(json.loads(write_plan(PLANS[0])) | {"component": "Deployment elsewhere/web"})
