"""Image names, long and short."""

import pytest

from lab.cluster import images


@pytest.mark.parametrize(
    ("reference", "canonical", "familiar"),
    [
        ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
        ("docker.io/library/nginx:1.25", "docker.io/library/nginx:1.25", "nginx:1.25"),
        ("shop/cart:1", "docker.io/shop/cart:1", "shop/cart:1"),
        ("quay.io/a/b:2", "quay.io/a/b:2", "quay.io/a/b:2"),
        ("reg.example.com:5000/a", "reg.example.com:5000/a:latest", "reg.example.com:5000/a:latest"),
        ("localhost/x:1", "localhost/x:1", "localhost/x:1"),
    ],
)
def test_names(reference: str, canonical: str, familiar: str) -> None:
    name = images.parse(reference)
    assert name is not None
    assert (name.canonical, name.familiar) == (canonical, familiar)


@pytest.mark.parametrize("reference", ["", "Nginx:1", "a b", "nginx:", "x/:1", "nginx:1.25:2", "http://x/y"])
def test_what_is_no_name(reference: str) -> None:
    assert images.parse(reference) is None


def test_a_digest_is_kept_and_one_is_made_up_where_there_is_none() -> None:
    digest = "sha256:" + "0" * 64
    pinned, tagged = images.parse(f"nginx@{digest}"), images.parse("nginx:1")
    assert pinned is not None
    assert tagged is not None
    assert pinned.image_id == f"docker.io/library/nginx@{digest}"
    assert tagged.image_id.startswith("docker.io/library/nginx@sha256:")
    assert tagged.image_id != pinned.image_id
