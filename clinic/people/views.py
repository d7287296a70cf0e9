"""Login, logout, the own account, and the pages shown when something is refused, absent or broken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from clinic.audit.acts import ACTS
from clinic.audit.models import Entry
from clinic.people.access import RIGHTS
from clinic.people.demonstration import PASSWORD, logins
from clinic.people.door import refused
from clinic.people.forms import LoginForm
from clinic.people.pages import page

MAY = {
    "case.view": "read patients of this hospital",
    "disagreement.view": "read disagreements of this hospital",
    "disagreement.open": "open a disagreement",
    "opinion.write": "write an opinion where assigned",
    "consult.request": "ask for a consult where assigned",
    "decision.make": "decide where assigned",
    "knowledge.view": "read the library",
    "knowledge.edit": "edit the library",
    "audit.view": "read the decision log",
    "thinking.view": "read reasoning text, with a reason",
    "system.view": "see the state of the system",
    "system.configure": "choose the model of each kind of consult",
}
"""A right in words, for the account page."""


class Login(LoginView):
    """The door. A logged-in user goes straight on."""

    template_name = "people/login.html"
    form_class = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(logins=logins(), password=PASSWORD, **kwargs)


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Who one is here, what one may do, what one did last."""

    template: ClassVar[str] = "people/account.html"
    form: PasswordChangeForm
    may: tuple[str, ...]
    lately: tuple[tuple[Any, str], ...]


def account(request: HttpRequest) -> HttpResponse:
    """The own account, with a change of password."""
    user: Any = request.user
    form = PasswordChangeForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, user)
        messages.success(request, "The password is changed.")
        return redirect("people:account")
    may = tuple(words for act, words in MAY.items() if user.role in RIGHTS[act])
    entries = Entry.objects.filter(actor=user.username).exclude(act__endswith=".viewed").order_by("-index")[:8]
    lately = tuple((entry.at, ACTS.get(entry.act, entry.act)) for entry in entries)
    return page(request, AccountPage(form, may, lately), status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class TroublePage:
    """Something is refused, absent or too large: what happened and what to do."""

    template: ClassVar[str] = "trouble.html"
    code: int
    title: str
    what: str
    todo: str


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    large = type(exception).__name__ == "RequestDataTooBig"
    what = "What you sent is larger than 1 MB, which is more than any form here takes." if large else "The request could not be read."
    todo = "Go back (your text is still in the form), shorten it, and send it again." if large else "Go back and try again from the page."
    return page(request, TroublePage(400, "That could not be read", what, todo), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refusals of a person who is logged in are written to the log."""
    if request.user.is_authenticated:
        refused(request.user, request.method or "", request.path)
    what = _in_words(str(exception)) or "Your role does not allow this."
    todo = "If you should be able to do this, ask the doctor who opened it, or the administrator. This refusal is in the decision log."
    return page(request, TroublePage(403, "You may not do this", what, todo), status=403)


def _in_words(text: str) -> str:
    """The act's code in a refusal, such as (decision.make), as what it lets people do."""
    found = re.search(r"\((\w+\.\w+)\)", text)
    words = MAY.get(found.group(1), "") if found else ""
    return f"Your role or assignment does not let you {words.replace(' where assigned', ' here')}." if words else text


def absent(request: HttpRequest, exception: Exception) -> HttpResponse:
    what = "There is no such page, or it belongs to another hospital."
    todo = "Check the address, or find the patient or disagreement from the worklist."
    return page(request, TroublePage(404, "Nothing here", what, todo), status=404)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's protection mark was missing or old."""
    what = "The page you sent was opened before you logged in, or cookies are blocked. Nothing was saved."
    todo = "Go back, reload the page, and send it again. Copy long texts first."
    return page(request, TroublePage(403, "This form is out of date", what, todo), status=403)
