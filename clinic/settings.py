"""All settings. The environment is read here and nowhere else; each variable is described in README.md."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
FIXTURES = BASE / "fixtures"

os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

DATA = Path(os.environ.get("CONSILIUM_DATA", BASE / ".data"))
"""Database, index generations, sockets, logs."""
DATA.mkdir(parents=True, exist_ok=True)


def _secret() -> str:
    """The secret key of this installation, made once and kept readable by its owner only."""
    path = DATA / "secret.key"
    if not path.exists():
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
        temporary.unlink()
    return path.read_text().strip()


SECRET_KEY = os.environ.get("CONSILIUM_SECRET_KEY") or _secret()
DEBUG = os.environ.get("CONSILIUM_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("CONSILIUM_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "clinic.people",
    "clinic.audit",
    "clinic.cases",
    "clinic.knowledge",
    "clinic.consults",
    "clinic.disagreements",
    "clinic.evaluation",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.people.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "clinic.urls"
ASGI_APPLICATION = "clinic.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "clinic" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.people.context.chrome",
                "clinic.consults.context.demonstration",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "consilium.sqlite3",
        "OPTIONS": {
            "timeout": 10,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": DATA / "test.sqlite3"},
    }
}
if os.environ.get("CONSILIUM_POSTGRES"):
    DATABASES["default"] = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"service": os.environ["CONSILIUM_POSTGRES"]}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
LOGIN_URL = "people:login"
LOGIN_REDIRECT_URL = "disagreements:worklist"
LOGOUT_REDIRECT_URL = "people:login"
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}}]
CSRF_FAILURE_VIEW = "clinic.people.views.stale"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a cookie would carry clinical words
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "en"
TIME_ZONE = os.environ.get("CONSILIUM_TIME_ZONE", "UTC")
USE_TZ = True
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE / "clinic" / "static"]
STATIC_ROOT = DATA / "static"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
SECURE_REFERRER_POLICY = "same-origin"  # nothing to other sites; "no-referrer" would make browsers send `Origin: null`, which CSRF refuses
X_FRAME_OPTIONS = "DENY"

REDIS_URL = os.environ.get("CONSILIUM_REDIS", f"unix://{DATA / 'redis.sock'}")
MODEL = os.environ.get("CONSILIUM_MODEL", "bundled")
"""What a kind of consult is put to until an administrator chooses: a model of the catalogue, the path of a card.toml, or `bundled`
for the demonstration model."""
EMBEDDER = os.environ.get("CONSILIUM_EMBEDDER", "all-minilm-l6-v2")
RERANKER = os.environ.get("CONSILIUM_RERANKER", "")
"""Models of the catalogue, or paths of a card.toml; no reranker by default."""
ENGINE_URL = os.environ.get("CONSILIUM_ENGINE", "")
"""An OpenAI-compatible server's base URL; empty: the model host beside us."""
ENGINE_KEY = os.environ.get("CONSILIUM_ENGINE_KEY", "")
"""What that server wants to be told; it serves MODEL by that very name."""
ENGINE_CA = os.environ.get("CONSILIUM_ENGINE_CA", "")
"""A PEM file with the authority of that server's certificate; empty: the public ones."""
GPU_LAYERS = int(os.environ.get("CONSILIUM_GPU_LAYERS", "0"))
THREADS = int(os.environ.get("CONSILIUM_THREADS", "0"))
SLOTS = int(os.environ.get("CONSILIUM_SLOTS", "8"))
CONTEXT = int(os.environ.get("CONSILIUM_CONTEXT", "0"))
"""Of the model host; context 0: the card's; threads 0: all cores it may use. The context holds for a model server too that does not say its own."""
CONSULTS = int(os.environ.get("CONSILIUM_CONSULTS", "1"))
"""Consults that a worker runs at once: each asks for four samples first, so that two of them fill the eight slots of the model host."""
SOCKETS = Path(os.environ.get("CONSILIUM_SOCKETS", DATA))
"""Where model hosts listen, each as NAME.sock."""
METRICS_TOKEN = os.environ.get("CONSILIUM_METRICS_TOKEN", "")
"""What a Prometheus server must show to read /metrics; empty: only this machine may."""
INDEX = DATA / "index"
UPLOAD_MB = int(os.environ.get("CONSILIUM_UPLOAD_MB", "64"))
"""Largest source that is taken; the readers take no more than 64."""
RECALL_DAYS = int(os.environ.get("CONSILIUM_RECALL_DAYS", "90"))
"""Doctors are told of a source's end while their disagreement is open, and for so many days after its decision."""
DRUGS = DATA / "drugs"
"""The hospital's own drug records, laid over the demonstration's."""
LEASE_SECONDS = 20
ATTEMPTS = 3

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"httpx": {"level": "WARNING"}, "chromadb": {"level": "WARNING"}, "sentence_transformers": {"level": "WARNING"}},
}
