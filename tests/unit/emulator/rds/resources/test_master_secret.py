"""The managed master password."""

from __future__ import annotations

from glue_app.emulator.rds.resources import master_secret, validation


def test_a_managed_password_is_one_rds_takes() -> None:
    """With punctuation, so that a client that builds URLs by hand fails here as on AWS."""
    passwords = {master_secret.generate_password() for _ in range(50)}

    assert len(passwords) == 50
    for password in passwords:
        validation.master_password(password)
        assert any(not character.isalnum() for character in password)
