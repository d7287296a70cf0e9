"""Pharmacists, editors, workers and the sweeper at the same moment: one version, one publication that waits, one that runs."""

from __future__ import annotations

import pytest

from clinic.audit.verify import verify
from clinic.knowledge import actions, life, publishing
from clinic.knowledge.lease import claim_publishing, claim_reading
from clinic.knowledge.life import Refused
from clinic.knowledge.models import Publication, PublicationState, SourceVersion, Upload, VersionState
from clinic.people.models import User
from tests.cast import user
from tests.knowledge.builders import EDITOR, PHARMACIST, approved, guideline, proposed, received
from tests.races import ROUNDS, at_once, faults

pytestmark = pytest.mark.django_db(transaction=True)
each_round = pytest.mark.parametrize("number", range(ROUNDS))


def second_editor() -> User:
    return User.objects.get_or_create(username="editor-two", defaults={"role": "editor", "hospital": "demo", "name": "Editor Two"})[0]


def test_two_approvers_make_one_version() -> None:
    upload, editors = proposed(), (user(EDITOR), second_editor())
    found = at_once(*[lambda by=by: life.approve(upload, by=by) for by in editors])  # type: ignore[misc]
    assert not faults(found, Refused) and sum(isinstance(one, Refused) for one in found) == 1
    assert SourceVersion.objects.count() == 1 and Publication.objects.count() == 1 and verify().sound


def test_approvals_withdrawals_and_the_sweeper_ask_for_one_publication() -> None:
    first = approved()
    Publication.objects.all().delete()
    uploads = [proposed(guideline(id=f"ward-{n}", title=f"Ward {n}")) for n in range(2)]
    editor = user(EDITOR)
    found = at_once(
        *[lambda one=one: life.approve(one, by=editor) for one in uploads],  # type: ignore[misc]
        lambda: life.withdraw(first, "A dose is wrong.", by=editor),
        publishing.ask_if_needed,
        lambda: publishing.ask("by hand", by="system:shell"),
    )
    assert not faults(found)
    assert Publication.objects.filter(state=PublicationState.QUEUED).count() == Publication.objects.count() == 1


@each_round
def test_what_is_approved_while_a_publication_is_claimed_is_in_it_or_in_the_next(number: int) -> None:
    waiting = publishing.ask("by hand", by="system:shell")
    upload, editor = proposed(), user(EDITOR)

    def publish() -> list[str]:
        assert claim_publishing(waiting.pk)
        return [one.version for one in actions.due()]

    held, version = at_once(publish, lambda: life.approve(upload, by=editor))
    assert not faults([held, version])
    assert held == ["1"] or Publication.objects.filter(state=PublicationState.QUEUED).exists()


@each_round
def test_of_many_workers_one_reads_and_one_publishes(number: int) -> None:
    upload, job = received(), publishing.ask("by hand", by="system:shell")
    found = at_once(*[lambda: claim_reading(upload.pk)] * 3, *[lambda: claim_publishing(job.pk)] * 3)
    assert not faults(found) and sum(one is not None for one in found[:3]) == sum(one is not None for one in found[3:]) == 1


@each_round
def test_one_file_sent_twice_is_one_upload(number: int) -> None:
    people = (user(PHARMACIST), user(EDITOR))
    found = at_once(*[lambda by=by: life.receive("ward-af.md", guideline(), by=by) for by in people])  # type: ignore[misc]
    assert not faults(found) and {one[0].pk for one in found} == {Upload.objects.get().pk}


def test_a_version_withdrawn_while_the_index_is_built_supersedes_nothing() -> None:
    old = approved()
    actions.settle(actions.due())
    new = approved(guideline(version="2", drug="edoxaban"))
    held = actions.due()
    life.withdraw(new, "A dose is wrong.", by=user(EDITOR))
    actions.settle(held)
    old.refresh_from_db()
    assert old.state == VersionState.PUBLISHED and actions.due() == [old]
