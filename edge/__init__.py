"""The edge: what fans reach, from the first look to the admission token."""
