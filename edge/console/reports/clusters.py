"""Clusters: networks from which far more joins came than from others. Pure.

A large share of one network proves nothing by itself: behind a mobile carrier stand thousands of fans. It says where to
look when orders are checked.
"""

from collections.abc import Mapping
from statistics import median
from typing import Any

MOST_TOLD = 50
FEWEST_JOINS = 25
TIMES_MEDIAN = 20
"""A network stands out with so many joins, and so many times those of the network in the middle."""
ALL = "all"
OTHER = "other"
UNKNOWN = "unknown"
Json = dict[str, Any]  # Any: JSON values


def clusters(joins: Mapping[str, int]) -> Json:
    """Describe the joins by network: the largest, and those that stand out."""
    total = joins.get(ALL, 0)
    told = {network: count for network, count in joins.items() if network not in {ALL, OTHER, UNKNOWN}}
    middle = median(told.values()) if told else None
    least = max(FEWEST_JOINS, TIMES_MEDIAN * (middle or 0))
    outstanding = {network for network, count in told.items() if count >= least}
    largest = sorted(told.items(), key=lambda each: (-each[1], each[0]))[:MOST_TOLD]
    return {
        "joins": total,
        "networks": len(told),
        "median_joins": middle,
        "stands_out_from": least,
        "outstanding": len(outstanding),
        "outstanding_share": _share(sum(told[network] for network in outstanding), total),
        "largest": [
            {
                "network": network,
                "joins": count,
                "share": _share(count, total),
                "times_median": round(count / middle, 1) if middle else None,
                "stands_out": network in outstanding,
            }
            for network, count in largest
        ],
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
