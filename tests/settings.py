"""The product's settings on a data folder of the test run's own: never the developer's, gone at the end.

The test database is the one that a process started with the same environment opens, so that real workers can be tested: a file
in that folder, or, where CONSILIUM_TEST_POSTGRES names a service, the PostgreSQL database of that very name. It is emptied, so
its name has to begin with `test_`. Django itself reaches that server by PGHOST and PGUSER (tests/deploy/postgres.py sets all three).
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_KEPT = ("CONSILIUM_CACHE", "CONSILIUM_LONG", "CONSILIUM_TEST_POSTGRES")
for _name in [one for one in os.environ if one.startswith("CONSILIUM_") and one not in _KEPT]:
    del os.environ[_name]
if _service := os.environ.get("CONSILIUM_TEST_POSTGRES", ""):
    assert _service.startswith("test_"), f"{_service} might be a database that somebody needs: its name does not begin with test_"
    os.environ["CONSILIUM_POSTGRES"] = _service
os.environ["CONSILIUM_DATA"] = tempfile.mkdtemp(prefix="cns-test-")
atexit.register(shutil.rmtree, os.environ["CONSILIUM_DATA"], ignore_errors=True)

from clinic.settings import *  # noqa: E402, F403
from clinic.settings import DATABASES, STATIC_ROOT  # noqa: E402

DATABASES["default"]["TEST"] = {"NAME": _service or DATABASES["default"]["NAME"]}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir()
