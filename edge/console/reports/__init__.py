"""Reports of sales: what was promised and what came of it, from the room's logs and the console's samples."""
