"""Something is killed on purpose."""
