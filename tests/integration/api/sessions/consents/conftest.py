"""The devices and roles of the tests of logins."""

from tests.integration.api.sessions.logins.conftest import base, clock, laptop, phone, roles

__all__ = ["base", "clock", "laptop", "phone", "roles"]
