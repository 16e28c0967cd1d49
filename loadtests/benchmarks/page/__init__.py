"""The waiting page on a slow line: its weight on the wire, and when it can be used (figure P9)."""
