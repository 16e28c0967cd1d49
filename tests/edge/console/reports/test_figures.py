"""What a report says of rate, ceiling, sales and troubles."""

from edge.console.reports import figures
from edge.console.reports.samples import thinned
from tests.edge.console.reports.samples import a_sample
from tests.factories import START_MS


def test_entries_beside_the_target() -> None:
    """Only the time counts in which a line stood and turns were given."""
    samples = [
        a_sample(0, waiting=0, entered=0),
        a_sample(10, waiting=50, entered=0, inside=50),
        a_sample(70, waiting=50, entered=30, inside=99),
        a_sample(130, waiting=50, entered=90, inside=100),
        a_sample(190, waiting=50, entered=90, paused=True),
        a_sample(250, waiting=0, entered=200),
    ]
    told = figures.speed(samples)
    assert told["line_seconds"] == 120
    assert (told["target_per_minute"], told["entries_per_minute"], told["target_share"]) == (60, 45, 0.75)
    assert (told["most_inside"], told["held_by_ceiling_share"]) == (100, 1.0)


def test_nothing_happened() -> None:
    """A room without a line says nothing of its speed."""
    told = figures.speed([a_sample(0)])
    assert told["target_share"] is None
    assert told["entries_per_minute"] is None


def test_fans() -> None:
    """No-shows are counted of the turns that are decided."""
    told = figures.fans(a_sample(0, joined=50, given=40, claimed=30, lapsed=10, waiting=5, lobby=5), drawn=20)
    assert (told["no_show_share"], told["still_waiting"], told["drawn"]) == (0.25, 10, 20)
    assert figures.fans(a_sample(0), drawn=None)["no_show_share"] is None


def test_sales() -> None:
    """Seats are those that checkouts report; the moment of the last one is told."""
    samples = [a_sample(0), a_sample(10, seats_left=100), a_sample(70, seats_left=40), a_sample(80, seats_left=0)]
    told = figures.sales(samples)
    assert (told["seats_at_first"], told["sold"], told["seats_left"]) == (100, 100, 0)
    assert told["sold_out_at"] == "2027-01-15T08:01:20.000Z"
    assert told["fastest_per_minute"] == 240
    assert figures.sales([a_sample(0)])["sold"] is None


def test_troubles() -> None:
    """Slowdowns, pauses, losses and gaps are told with their length; quiet rooms leave fewer samples, and no gap."""
    samples = [
        a_sample(0),
        a_sample(10, factor=0.7, reason="latency 2000 ms"),
        a_sample(20, factor=0.5, reason="latency 3000 ms"),
        a_sample(30, recovering=True),
        a_sample(40, joined=5),
        a_sample(340, joined=5),
        a_sample(640, joined=50),
        a_sample(650, joined=50),
    ]
    log = [(653, '["0","1"]'), (24.5, '["1","0"]'), (20.5, '["0","1"]')]
    changes = [
        {"at_ms": str(START_MS + round(at * 1000)), "who": "person:anna", "version": "2", "paused": text}
        for at, text in log
    ]
    told = figures.troubles(samples, changes)
    assert [(each["kind"], each["seconds"]) for each in told] == [
        ("slowed", 20),
        ("paused", 4),
        ("recovering", 10),
        ("gap", 300),
        ("paused", None),
    ]
    assert (told[0]["text"], told[1]["text"]) == ("latency 2000 ms", "person:anna")


def test_thinning() -> None:
    """Of many samples the first and the last stay, and the rest evenly."""
    samples = [a_sample(second) for second in range(1000)]
    kept = thinned(samples, most=11)
    assert (len(kept), kept[0], kept[-1]) == (11, samples[0], samples[-1])
    assert thinned(samples[:5], most=11) == samples[:5]
