"""Seats, holds, orders, payments and tickets; PostgreSQL is the only truth about them."""
