"""Networks that stand out."""

from edge.console.reports.clusters import MOST_TOLD, clusters


def test_a_cluster_stands_out() -> None:
    """A network with many times the joins of the one in the middle is marked; ordinary ones are not."""
    ordinary = {f"198.51.{number}.0/24": 1 + number % 3 for number in range(99)}
    told = clusters({"all": 700, "other": 2, "203.0.113.0/24": 400, "192.0.2.0/24": 30, **ordinary})
    assert (told["median_joins"], told["stands_out_from"]) == (2, 40)
    assert (told["outstanding"], told["outstanding_share"]) == (1, round(400 / 700, 4))
    first, second = told["largest"][:2]
    assert (first["network"], first["stands_out"], first["times_median"]) == ("203.0.113.0/24", True, 200)
    assert second["stands_out"] is False
    assert len(told["largest"]) == MOST_TOLD
    assert told["networks"] == 101


def test_small_rooms_have_no_clusters() -> None:
    """Some fans of one network are no cluster, however few others there are."""
    told = clusters({"all": 25, "203.0.113.0/24": 24, "192.0.2.0/24": 1})
    assert told["outstanding"] == 0


def test_nobody_joined() -> None:
    """Without joins there is nothing to tell."""
    told = clusters({})
    assert (told["joins"], told["median_joins"], told["outstanding_share"], told["largest"]) == (0, None, None, [])
