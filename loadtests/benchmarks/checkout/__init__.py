"""The checkout's benchmark: holds and orders over HTTP on a real PostgreSQL, and the best seats in a full stadium."""
