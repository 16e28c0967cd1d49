"""The console: what organizers reach, with its own app on its own port."""
