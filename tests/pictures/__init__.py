"""The pictures of the organizer's guide, taken from the running product: `make pictures`."""
