"""`python -m waitroom`: the same as the command `waitroom`."""

from waitroom.cli import main

main()
