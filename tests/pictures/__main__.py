"""Take the pictures of the organizer's guide anew, from a product of its own; some three minutes."""

import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.pictures.scenes import Camera, play
from tests.pictures.stage import set_stage
from tests.tools import tool

FOLDER = Path("docs/pictures")


def main(folder: Path) -> None:
    """Set a stage, play the evening, take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="pictures-") as scratch,
        set_stage(Path(scratch)) as stage,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=tool("browser"), args=["--no-sandbox"])
        play(stage, browser, Camera(folder=folder))
        browser.close()
    for picture in sorted(folder.glob("*.png")):
        sys.stdout.write(f"{picture} {picture.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    parser = ArgumentParser("python -m tests.pictures", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where they go (default: %(default)s)")
    main(parser.parse_args().folder)
