"""The past of the traffic: worked out on demand, once, and the same for equal seeds."""

from lab.cluster.ports import Object
from lab.traffic.traffic import Traffic
from tests.lab.traffic.worlds import change, flow_now, rates, shop_under_load


def told(traffic: Traffic) -> str:
    return repr([(span.start, span.flow) for span in traffic.timeline.until(traffic.now())])


def test_equal_seeds_give_equal_pasts_whenever_they_are_asked() -> None:
    with shop_under_load(seed=5) as one, shop_under_load(seed=5, settled=60) as other:
        told(other)
        other.cluster.advance(60)
        assert told(one) == told(other)
        assert len(one.timeline.spans) > 5
    with shop_under_load(seed=6) as third:
        assert told(third) != told(one)


def test_an_unchanged_half_hour_adds_nothing() -> None:
    with shop_under_load() as traffic:
        before = len(traffic.timeline.until(traffic.now()))
        traffic.cluster.advance(1800)
        assert len(traffic.timeline.until(traffic.now())) == before


def test_the_past_stays_what_it_was_when_a_fault_is_mended() -> None:
    with shop_under_load() as traffic:
        healthy = traffic.now() - 1
        change(traffic, "Deployment", "cart-store", lambda obj: obj["spec"].update(replicas=0))
        traffic.cluster.advance(60)
        broken = traffic.now()
        change(traffic, "Deployment", "cart-store", lambda obj: obj["spec"].update(replicas=1))
        traffic.cluster.advance(120)
        now = rates(flow_now(traffic))
        past = [traffic.timeline.at(at) for at in (healthy, broken)]
        assert None not in past
        seen = [rates(flow) for flow in past if flow is not None]
        assert seen[0]["cart"][1] < 0.01 < 3 < seen[1]["cart"][1]
        assert now["cart"][1] < 0.01


def test_a_world_that_flips_between_two_states_is_worked_out_twice_only() -> None:
    """A memory that is too small: killed, backed off, started again, for half an hour."""
    with shop_under_load() as traffic:
        change(traffic, "Deployment", "inventory", _too_small)
        traffic.cluster.advance(1800)
        spans = traffic.timeline.until(traffic.now())
        later = [span for span in spans if span.start > traffic.now() - 1500]
        assert len(later) >= 4
        assert len({id(span.flow) for span in later}) <= 3


def _too_small(obj: Object) -> None:
    spec = obj["spec"]
    spec["strategy"] = {"type": "Recreate"}
    resources = spec["template"]["spec"]["containers"][0]["resources"]
    resources["limits"]["memory"] = resources["requests"]["memory"] = "100Mi"
