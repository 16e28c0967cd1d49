"""A rule that broke."""


class BrokenRuleError(Exception):
    """A rule that must always hold does not."""

    def __init__(self, rule: str, of: object) -> None:
        super().__init__(f"{rule}: {of}")
        self.rule = rule


def hold(rule: str, *, same: bool, of: object) -> None:
    """Hold a rule: it is so, or the machine has found a fault."""
    if not same:
        raise BrokenRuleError(rule, of)
