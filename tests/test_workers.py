"""How the tests are shared out over the workers of a run."""

import pytest


@pytest.mark.journey
def test_tests_of_real_processes_have_one_worker(request: pytest.FixtureRequest) -> None:
    """The group is in the test's id, by which xdist shares out: a pytest that hides it would mix crowds unseen."""
    is_shared_out = bool(getattr(request.config.option, "loadgroup", False))
    assert request.node.nodeid.endswith("@processes") is is_shared_out
