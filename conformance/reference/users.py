"""The people who can log in."""

import hmac
from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """One account, with the claims of OpenID Connect Core section 5.1 that the provider knows."""

    username: str
    password: str
    name: str

    @property
    def email(self) -> str:
        """The address that the userinfo endpoint returns for scope ``email``."""
        return f"{self.username}@example.test"


USERS = {
    user.username: user
    for user in (
        User("alice", "wonderland", "Alice Liddell"),
        User("bob", "builder", "Bob Mason"),
    )
}


def authenticate(username: str, password: str) -> User | None:
    """The user of this name and password, or none."""
    user = USERS.get(username)
    if user and hmac.compare_digest(user.password.encode(), password.encode()):
        return user
    return None
