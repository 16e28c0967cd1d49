"""Whole ways through the running product."""
