"""What a hospital's network and its servers do to the OpenAI-compatible backend: certificates, keys, echoes, long waits."""

from __future__ import annotations

import datetime
import ipaddress
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from inference.backends import parallel
from inference.backends.openai import OpenAIEngine
from inference.backends.scripted import ScriptedEngine
from inference.engine import open_engine
from inference.errors import BackendAbsent, BackendRefused, BackendUntrusted, InferenceError, RequestInvalid, RequestTooLong
from inference.types import ChunkKind, Segment, collect
from tests.inference.contract import ask
from tests.inference.life import wait_for
from tests.inference.server import SMALL, serving

KEY = "hospital-key-7f3a"
PATIENT = Segment(text="Ada Demo, born 1950, takes apixaban and has fallen twice.")


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with serving(ScriptedEngine(['{"side": "x", "reason": "a"}'])) as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Signed by nobody else, for this machine: what a hospital's own authority gives."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "models.hospital.example")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_certificate_of_the_hospital_s_own_is_trusted_once_it_is_named(certificate: Path) -> None:
    with serving(ScriptedEngine(['{"side": "x", "reason": "a"}']), certificate) as (url, _):
        with pytest.raises(BackendUntrusted, match="CONSILIUM_ENGINE_CA") as refused:
            OpenAIEngine(url, "tiny").identity()
        assert not refused.value.retryable
        engine = open_engine(url, model="tiny", ca=str(certificate))
        assert collect(engine.generate(ask(think_budget=0)))[0].finish == "stop"


def test_a_missing_file_of_authorities_is_said(tmp_path: Path) -> None:
    with pytest.raises(RequestInvalid, match="cannot be read"):
        OpenAIEngine("https://models.hospital.example/v1", "m", ca=str(tmp_path / "none.pem"))


def test_a_server_that_is_being_started_is_absent(server: Any) -> None:
    with pytest.raises(BackendAbsent):
        list(OpenAIEngine(server[0], "starting").generate(ask()))
    with pytest.raises(BackendAbsent):
        OpenAIEngine("http://127.0.0.1:9/v1", "tiny").identity()


def everything(error: InferenceError) -> str:
    """All that a log or a page could show of it."""
    return f"{error!r} {error} {error.data} {error.__cause__!r}"


def test_a_refused_key_is_said_and_not_repeated(server: Any) -> None:
    with pytest.raises(BackendRefused, match="401") as refused:
        OpenAIEngine(server[0], "tiny", key="wrong-key").identity()
    assert "wrong-key" not in everything(refused.value)


def test_a_server_s_echo_of_the_patient_s_text_is_not_kept(server: Any) -> None:
    with pytest.raises(BackendRefused, match="repeat the request") as refused:
        list(OpenAIEngine(server[0], "echo", key=KEY).generate(ask(segments=(PATIENT,))))
    assert "Ada" not in everything(refused.value)


def test_a_server_s_own_words_are_kept(server: Any) -> None:
    with pytest.raises(BackendRefused, match="unknown option"):
        list(OpenAIEngine(server[0], "refuse", key=KEY).generate(ask(segments=(PATIENT,))))


def test_an_engine_does_not_show_its_key(server: Any) -> None:
    assert KEY not in repr(OpenAIEngine(server[0], "tiny", key=KEY))


@pytest.mark.parametrize("url", ["https://user:secret@models.example/v1", "https://models.example/v1?api-key=secret"])
def test_an_address_with_a_secret_in_it_is_refused(url: str) -> None:
    """The address is kept with every consult."""
    with pytest.raises(RequestInvalid) as refused:
        OpenAIEngine(url, "m")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("samples", [1, 2])
def test_a_long_silence_has_signs_of_life_and_leaving_it_ends_the_http_request(samples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease of a consult is renewed by them; a server reads a long prompt for minutes."""
    monkeypatch.setattr(parallel, "BEAT_S", 0.1)
    left = threading.Event()
    with serving(ScriptedEngine(), left=left) as (url, seen):
        stream = OpenAIEngine(url, "still").generate(ask(samples=samples))
        assert [next(stream).kind for _ in range(3)] == [ChunkKind.BEAT] * 3
        wait_for(lambda: len(seen) == samples, 30)
        stream.close()  # type: ignore[attr-defined]
        assert left.wait(30)


def test_the_context_that_a_server_tells_is_kept_to(server: Any) -> None:
    url, seen = server
    engine = OpenAIEngine(url, "small", context=32768)
    assert engine.identity().context == SMALL
    with pytest.raises(RequestTooLong):
        list(engine.generate(ask(segments=(Segment(text="a b c d " * 60),))))
    collect(engine.generate(ask(segments=(Segment(text="a b c d " * 10),), think_budget=0, max_tokens=4000)))
    assert seen[-1]["max_tokens"] < SMALL
