"""The login form, with the browser told what each field is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm


class LoginForm(AuthenticationForm):
    """Username and password; the refusal does not say which of them was wrong."""

    error_messages = {
        "invalid_login": "Username or password is not right. Check both; after that, ask the administrator to reset the password.",
        "inactive": "This account is closed. Ask the administrator.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Username"
        self.fields["username"].widget.attrs.update(autofocus=True, autocapitalize="none", spellcheck="false")
