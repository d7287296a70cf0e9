"""The door: login, logout, account, and pages that say what to do when something is refused."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from clinic.audit.models import Entry
from clinic.people import demonstration
from clinic.people.models import User
from tests.cast import as_user, user

pytestmark = pytest.mark.django_db
WORD = "a-long-password-1"


def adeyemi() -> User:
    one = user("dr-adeyemi")
    one.set_password(WORD)
    one.save()
    return one


def enter(client: Client, password: str = WORD, **extra: str) -> object:
    return client.post(reverse("people:login"), {"username": "dr-adeyemi", "password": password, **extra})


def test_it_works() -> None:
    adeyemi()
    client = Client()
    assert enter(client).url == reverse("disagreements:worklist")  # type: ignore[attr-defined]
    assert Entry.objects.filter(act="session.login", actor="dr-adeyemi").exists()
    assert client.post(reverse("people:logout")).url == reverse("people:login")
    assert client.get(reverse("disagreements:worklist")).status_code == 302


def test_wrong_password_is_refused_and_logged() -> None:
    adeyemi()
    page = enter(Client(), "wrong").content.decode()  # type: ignore[attr-defined]
    assert "Username or password is not right" in page
    assert Entry.objects.filter(act="session.refused").exists()


def test_login_does_not_lead_elsewhere() -> None:
    adeyemi()
    assert enter(Client(), next="https://evil.example/").url == reverse("disagreements:worklist")  # type: ignore[attr-defined]


def test_demonstration_logins_are_shown_only_while_they_exist() -> None:
    assert "Demonstration logins" not in Client().get(reverse("people:login")).content.decode()
    user("dr-adeyemi"), user("dr-brandt")
    page = Client().get(reverse("people:login")).content.decode()
    assert "Demonstration logins" in page and demonstration.PASSWORD in page and "dr-iwu" not in page


@pytest.mark.parametrize("name", ["disagreements:worklist", "cases:list", "people:account"])
def test_strangers_are_sent_to_the_door(name: str) -> None:
    assert Client().get(reverse(name)).url.startswith(reverse("people:login"))  # type: ignore[attr-defined]


def test_demonstration_model_is_named_on_every_page(settings: object) -> None:
    assert "Demonstration model: not for care" in as_user("dr-adeyemi").get(reverse("people:account")).content.decode()
    settings.MODEL = "deepseek-r1-14b"  # type: ignore[attr-defined]
    assert "Demonstration model" not in as_user("dr-adeyemi").get(reverse("people:account")).content.decode()


def test_account_shows_rights_and_changes_the_password() -> None:
    adeyemi()
    client = as_user("dr-adeyemi")
    assert "Write an opinion where assigned" in client.get(reverse("people:account")).content.decode()
    new = "another-long-one-2"
    data = {"old_password": WORD, "new_password1": new, "new_password2": new}
    page = client.post(reverse("people:account"), data, follow=True).content.decode()
    assert "The password is changed." in page
    assert User.objects.get(username="dr-adeyemi").check_password(new)


def test_account_explains_a_refused_password() -> None:
    adeyemi()
    data = {"old_password": "wrong", "new_password1": "a", "new_password2": "b"}
    assert as_user("dr-adeyemi").post(reverse("people:account"), data).status_code == 422


def test_absent_page_says_what_to_do() -> None:
    response = as_user("dr-adeyemi").get("/nowhere/")
    assert response.status_code == 404
    assert "Check the address" in response.content.decode()


def test_stale_form_says_that_nothing_was_saved() -> None:
    user("dr-adeyemi")
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("people:login"), {"username": "dr-adeyemi", "password": WORD})
    assert response.status_code == 403
    assert "Nothing was saved" in response.content.decode()


def test_broken_page_is_plain_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    client = as_user("dr-adeyemi")
    client.raise_request_exception = False
    monkeypatch.setattr("clinic.disagreements.views.tasks", lambda user: 1 / 0)
    response = client.get(reverse("disagreements:worklist"))
    assert response.status_code == 500
    assert "Something broke here" in response.content.decode()


def test_policy_forbids_inline_script() -> None:
    policy = as_user("dr-adeyemi").get(reverse("people:account"))["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe-inline" not in policy
