"""Admin keys: reading, finding, roles."""

import pytest

from waitroom.admin_keys import AdminKeys, Role
from waitroom.errors import ConfigurationError

SECRET = "s" * 32
OTHER = "t" * 40


def test_finding_a_key() -> None:
    """A key is found by its whole secret alone, and has its name and role; a secret may have colons."""
    keys = AdminKeys.parse(f"anna:admin:{SECRET}, bob:viewer:{OTHER}:x\n")
    anna, bob = keys.find(SECRET), keys.find(f"{OTHER}:x")
    assert anna is not None
    assert bob is not None
    assert (anna.name, anna.role, bob.name, bob.role) == ("anna", Role.ADMIN, "bob", Role.VIEWER)
    for wrong in ("", SECRET[:-1], SECRET + "s", OTHER, "anna", f"anna:admin:{SECRET}", "ü"):
        assert keys.find(wrong) is None


def test_no_secret_is_kept() -> None:
    """What is in memory and may be printed holds no secret."""
    assert SECRET not in repr(AdminKeys.parse(f"anna:admin:{SECRET}"))


def test_roles_rise() -> None:
    """Each role may do what those before it may, and no more."""
    covered = {(mine, needed) for mine in Role for needed in Role if mine.covers(needed)}
    assert covered == {
        (Role.VIEWER, Role.VIEWER),
        (Role.OPERATOR, Role.VIEWER),
        (Role.OPERATOR, Role.OPERATOR),
        (Role.ADMIN, Role.VIEWER),
        (Role.ADMIN, Role.OPERATOR),
        (Role.ADMIN, Role.ADMIN),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no admin key"),
        (f"Anna:admin:{SECRET}", "name:role:secret"),
        (SECRET, "name:role:secret"),
        (f"anna:queen:{SECRET}", "role"),
        (f"anna:admin:{SECRET[:-1]}", "shorter"),
        (f"anna:admin:{SECRET},anna:viewer:{OTHER}", "same name"),
    ],
)
def test_what_is_no_key(text: str, said: str) -> None:
    """What cannot be a key is refused with the reason, which holds no secret."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        AdminKeys.parse(text)
    assert "ssss" not in str(refused.value)
