"""Why a token is refused: catch `TokenError` for all of them, or one kind."""

from waitroom.errors import WaitroomError


class TokenError(WaitroomError):
    """The token does not admit; `reason` is the stable word told to clients."""

    reason = "refused"


class TokenMissing(TokenError):  # noqa: N818 - a state of the token; the tree's root carries "Error"
    """No token came with the request."""

    reason = "missing"


class TokenForged(TokenError):  # noqa: N818 - as above
    """The signature, the kind or the form of the token is not ours."""

    reason = "forged"


class TokenForeign(TokenError):  # noqa: N818 - as above
    """The token is genuine and belongs to another room or another epoch of it."""

    reason = "foreign"


class TokenEarly(TokenError):  # noqa: N818 - as above
    """The token's moment of entry has not come; `wait_ms` says how long."""

    reason = "early"

    def __init__(self, message: str, *, wait_ms: int) -> None:
        super().__init__(message)
        self.wait_ms = wait_ms


class TokenExpired(TokenError):  # noqa: N818 - as above
    """The token was good and its time is over."""

    reason = "expired"


class TokenSpent(TokenError):  # noqa: N818 - as above
    """The token has opened a session already."""

    reason = "used"


class TokenRevoked(TokenError):  # noqa: N818 - as above
    """The turn behind the token has ended."""

    reason = "over"


class TokenRehearsed(TokenError):  # noqa: N818 - as above
    """The token is good, and of a rehearsal: nothing is sold."""

    reason = "rehearsal"
