"""The HTTP ground that edge and checkout share: problems, limits, headers, ops port, serving."""
