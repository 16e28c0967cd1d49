"""`make bench-queue`: what the queue costs at ten thousand to fourteen million fans, on a real store."""
