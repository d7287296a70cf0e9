"""The product's settings on a data folder of the test run's own: never the developer's, gone at the end.

The test database is the file that a process started with the same CONSILIUM_DATA opens, so that real workers can be tested.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_KEPT = ("CONSILIUM_POSTGRES", "CONSILIUM_CACHE", "CONSILIUM_LONG")
for _name in [one for one in os.environ if one.startswith("CONSILIUM_") and one not in _KEPT]:
    del os.environ[_name]
os.environ["CONSILIUM_DATA"] = tempfile.mkdtemp(prefix="cns-test-")
atexit.register(shutil.rmtree, os.environ["CONSILIUM_DATA"], ignore_errors=True)

from clinic.settings import *  # noqa: E402, F403
from clinic.settings import DATABASES, STATIC_ROOT  # noqa: E402

if "NAME" in DATABASES["default"]:
    DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir()
