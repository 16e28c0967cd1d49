"""The vendors' side of the checkout: who sells here, where, what, and what was sold."""
