"""What is sent about people: read strictly, and each wrong field named."""

from typing import Annotated

from pydantic import Field, StringConstraints

from waitroom.admin_keys import Role
from waitroom.web.bodies import Body

LONGEST = 1024
Name = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=64)]
# The pattern is held against what was typed, before it is made small.
PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")
]
Password = Annotated[str, Field(max_length=LONGEST)]
Code = Annotated[str, Field(max_length=64)]
RoleName = Annotated[str, Field(pattern=f"^({'|'.join(Role)})$")]


class SignIn(Body):
    """Who wants in."""

    name: Name
    password: Password
    code: Code | None = None


class NewPassword(Body):
    """The password in force, and the one to come."""

    password: Password
    new_password: Password


class FromLink(Body):
    """The token of a one-time link, and the password to come."""

    token: Annotated[str, Field(min_length=1, max_length=128)]
    new_password: Password


class Proof(Body):
    """The password in force: what shows that it is still the same person."""

    password: Password


class FirstCode(Body):
    """A code of the app that was just set up."""

    code: Code


class NewPerson(Body):
    """Somebody who is to sign in."""

    name: PersonName
    role: RoleName
    requires_second_factor: bool = False


class PersonChange(Body):
    """What is to change of a person; what is not named stays. The last three are acts."""

    role: RoleName | None = None
    is_disabled: bool | None = None
    requires_second_factor: bool | None = None
    unlock: bool = False
    new_link: bool = False
    drop_second_factor: bool = False
