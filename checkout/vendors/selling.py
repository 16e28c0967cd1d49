"""What vendors' calls work with, made once by the composition root."""

from dataclasses import dataclass
from typing import Self

from checkout.database import Database
from checkout.vendors.categories import Categories
from checkout.vendors.events import Events
from checkout.vendors.sales import Sales
from checkout.vendors.seat_maps import SeatMaps
from checkout.vendors.venues import Venues


@dataclass(frozen=True, kw_only=True)
class Selling:
    """The parts of the vendors' side."""

    database: Database
    venues: Venues
    seat_maps: SeatMaps
    events: Events
    categories: Categories
    sales: Sales

    @classmethod
    def on(cls, database: Database) -> Self:
        """Make all of them on one database."""
        events = Events(database)
        return cls(
            database=database,
            venues=Venues(database),
            seat_maps=SeatMaps(database),
            events=events,
            categories=Categories(database, events),
            sales=Sales(database),
        )
