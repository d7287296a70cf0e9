"""`models pull` against a real server that drops, lies, changes its mind and never ends."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models import pulling
from models.catalogue import Card, CardInvalid
from models.errors import Busy, NoSpace, PullError, Refused, Unreachable
from models.fetching import check_address
from models.importing import only_one
from models.lock import pinned
from models.progress import Progress
from models.pulling import Pulled, pull
from tests.models.publisher import (
    Answer,
    Handler,
    Publisher,
    drops_after,
    endless,
    ignores_ranges,
    leads_to,
    other_range,
    publishing,
    says_length,
    status,
    well,
)

CONTENT = b"GGUF" + bytes(range(256)) * 4000
CARD = Card(name="ours", file="ours.gguf", size=len(CONTENT))


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as one:
        one.files["/ours.gguf"] = CONTENT
        yield one


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def get(publisher: Publisher, weights: Path, card: Card = CARD) -> Pulled:
    return pull(card, weights, source=f"{publisher.url}/ours.gguf", sleep=lambda seconds: None)


def left(weights: Path) -> list[str]:
    return sorted(path.name for path in weights.iterdir() if path.name != ".lock")


def test_it_works(publisher: Publisher, weights: Path) -> None:
    told: list[Progress] = []
    pulled = pull(CARD, weights, source=f"{publisher.url}/ours.gguf", tell=told.append)
    assert pulled.path.read_bytes() == CONTENT and pulled.pinned_now
    assert pinned(weights) == {"ours": hashlib.sha256(CONTENT).hexdigest()}
    assert left(weights) == ["lock.toml", "ours.gguf"]
    assert told[-1].done == told[-1].total == len(CONTENT)


def test_a_dropped_connection_goes_on_where_it_was(publisher: Publisher, weights: Path) -> None:
    publisher.answers = [drops_after(100_000), drops_after(200_000)]
    assert get(publisher, weights).path.read_bytes() == CONTENT
    assert [one.get("range") for one in publisher.asked] == [None, "bytes=100000-", "bytes=300000-"]
    assert {one.get("if-range") for one in publisher.asked[1:]} == {'"v1"'}


def test_the_next_run_goes_on_from_the_part(publisher: Publisher, weights: Path) -> None:
    def ctrl_c(progress: Progress) -> None:
        raise KeyboardInterrupt

    publisher.answers = [drops_after(100_000)]
    with pytest.raises(KeyboardInterrupt):
        pull(CARD, weights, source=f"{publisher.url}/ours.gguf", tell=ctrl_c)
    kept = (weights / "ours.gguf.part").stat().st_size
    assert 0 < kept <= 100_000 and not (weights / "ours.gguf").exists()
    assert get(publisher, weights).path.read_bytes() == CONTENT
    assert publisher.asked[-1]["range"] == f"bytes={kept}-"


def test_a_file_that_changed_meanwhile_starts_over(publisher: Publisher, weights: Path) -> None:
    def changed(handler: Handler, content: bytes) -> None:
        publisher.tag, publisher.files["/ours.gguf"] = '"v2"', b"GGUF" + CONTENT[:3:-1]
        well(handler, publisher.files["/ours.gguf"])

    publisher.answers = [drops_after(100_000), changed]
    assert get(publisher, weights).path.read_bytes() == publisher.files["/ours.gguf"] != CONTENT


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([drops_after(100_000), ignores_ranges], id="ranges are ignored"),
        pytest.param([drops_after(100_000), other_range], id="another range comes"),
        pytest.param([drops_after(len(CONTENT) - 1), status(416)], id="416"),
        pytest.param([status(503), status(429, Retry_After=2), status(500)], id="busy for a while"),
        pytest.param([says_length(len(CONTENT) + 1000)], id="a little too long a length, once"),
    ],
)
def test_it_ends_whole_all_the_same(publisher: Publisher, weights: Path, answers: list[Answer]) -> None:
    publisher.answers = list(answers)
    assert get(publisher, weights).path.read_bytes() == CONTENT
    assert left(weights) == ["lock.toml", "ours.gguf"]


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        pytest.param([status(404)], Refused, "does not have it", id="404"),
        pytest.param([status(403)], Refused, "does not allow it", id="403"),
        pytest.param([status(503)] * 9, Unreachable, "busy", id="503 for ever"),
        pytest.param([drops_after(0)] * 9, Unreachable, "did not give the whole file", id="nothing ever comes"),
        pytest.param([says_length(len(CONTENT) * 2)], Refused, "catalogue expects", id="a length that is not the catalogue's"),
        pytest.param([says_length(100)], Refused, "catalogue expects", id="a short length"),
        pytest.param([endless], Refused, "sends more", id="endless"),
        pytest.param([leads_to("http://elsewhere.example/x")], Refused, "only https", id="plain http elsewhere"),
        pytest.param([leads_to("file:///etc/passwd")], Refused, "only https", id="a file"),
        pytest.param([leads_to("/ours.gguf")] * 9, Refused, "circle", id="a circle"),
    ],
)
def test_what_cannot_be_had_is_refused_with_a_way_out(
    publisher: Publisher, weights: Path, answers: list[Answer], error: type[PullError], words: str
) -> None:
    publisher.answers = list(answers)
    with pytest.raises(error, match=words) as caught:
        get(publisher, weights)
    assert "models import ours FILE" in str(caught.value) and not (weights / "ours.gguf").exists()


def test_a_login_page_is_not_a_model(publisher: Publisher, weights: Path) -> None:
    publisher.files["/ours.gguf"] = b"<!doctype html>".ljust(len(CONTENT))
    with pytest.raises(Refused, match="login page"):
        get(publisher, weights)
    assert left(weights) == []


def test_other_bytes_under_the_same_name_are_not_taken(publisher: Publisher, weights: Path) -> None:
    known = replace(CARD, sha256=hashlib.sha256(b"another").hexdigest())
    with pytest.raises(CardInvalid, match="known with"):
        get(publisher, weights, known)
    assert left(weights) == []


def test_what_is_here_is_not_fetched_again(publisher: Publisher, weights: Path) -> None:
    digest = get(publisher, weights).digest
    assert not get(publisher, weights, replace(CARD, sha256=digest)).pinned_now
    assert len(publisher.asked) == 1


def test_a_machine_without_internet_is_told_what_to_do(weights: Path) -> None:
    with pytest.raises(Unreachable, match=r"fetch https://nowhere\.invalid/m\.gguf \(1\.12 GB\) on another machine"):
        pull(Card(name="m", file="m.gguf", size=1_120_000_000, source="https://nowhere.invalid/m.gguf"), weights, sleep=lambda seconds: None)


def test_a_full_disk_is_noticed_before_the_first_byte(publisher: Publisher, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "SPARE", shutil.disk_usage("/").total * 2)
    with pytest.raises(NoSpace, match="are still to come"):
        get(publisher, weights)
    assert left(weights) == []


def test_one_pull_at_a_time(publisher: Publisher, weights: Path) -> None:
    with only_one(weights), pytest.raises(Busy):
        get(publisher, weights)


def test_a_folder_is_fetched_file_by_file(publisher: Publisher, weights: Path) -> None:
    files = {"config.json": b"{}", "model.safetensors": bytes(5000), "1_Pooling/config.json": b'{"a": 1}'}
    publisher.files = {f"/{name}": content for name, content in files.items()}
    card = Card(name="e", kind="embed", file="e", size=5000, source=publisher.url, files=tuple(files))
    publisher.answers = [drops_after(1)]
    folder = pull(card, weights, source=publisher.url, sleep=lambda seconds: None).path
    assert {name: (folder / name).read_bytes() for name in files} == files
    assert left(weights) == ["e", "lock.toml"] and sum(path.is_file() for path in folder.rglob("*")) == 3


def test_a_folder_that_asks_for_code_is_not_taken(publisher: Publisher, weights: Path) -> None:
    publisher.files = {"/config.json": b'{"auto_map": {"AutoModel": "evil.Model"}}', "/model.safetensors": bytes(50)}
    card = Card(name="e", kind="rerank", file="e", size=50, files=("config.json", "model.safetensors"))
    with pytest.raises(CardInvalid, match="asks for code"):
        pull(card, weights, source=publisher.url, sleep=lambda seconds: None)
    assert left(weights) == []


@pytest.mark.parametrize(
    ("url", "before", "allowed"),
    [
        ("https://models.example/x", "", True),
        ("http://models.example/x", "", False),
        ("http://127.0.0.1:8000/x", "", True),
        ("http://127.0.0.1:8000/x", "https://models.example/x", False),
        ("https://cdn.example/x", "http://localhost/x", True),
        ("ftp://models.example/x", "", False),
        ("file:///etc/passwd", "", False),
        ("https:///x", "", False),
        ("", "", False),
    ],
)
def test_where_a_model_is_fetched_from(url: str, before: str, allowed: bool) -> None:
    if allowed:
        check_address(url, before)
    else:
        with pytest.raises(Refused):
            check_address(url, before)


def test_progress_says_how_long_it_will_take() -> None:
    line = Progress("m.gguf", 2_000_000_000, 4_680_000_000, 1_000_000_000, 100).line()
    assert line == "m.gguf   43 %  2.00 GB of 4.68 GB  10 MB/s, 4 min 28 s left"
