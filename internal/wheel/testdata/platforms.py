"""Prints the wheel tags that packaging computes for interpreters on systems other than this one.

packaging asks the standard library what it runs on; each answer is replaced. `PLAT` stands for the list of platforms.

    python -m venv venv && venv/bin/pip install packaging==26.4
    venv/bin/python platforms.py | gzip -9n > platforms.json.gz
"""

import json
import platform
import sysconfig
from unittest import mock

from packaging import tags

PYTHONS = [((3, 6), False), ((3, 8), False), ((3, 13), False), ((3, 14), True)]
WINDOWS = [("amd64", "win-amd64"), ("arm64", "win-arm64"), ("x86", "win32")]
MACOS = [("x86_64", "10.4"), ("x86_64", "10.15"), ("x86_64", "11.0"), ("x86_64", "13.6"), ("arm64", "11.0"), ("arm64", "14.0"), ("arm64", "26.1")]


def collapsed(all_tags, platforms):
    """Returns the tags with one in place of each run over all platforms."""
    texts, rest = [], [str(tag) for tag in all_tags]
    while rest:
        stem = rest[0].rsplit("-", 1)[0]
        run = [stem + "-" + p for p in platforms]
        if rest[: len(run)] == run:
            texts.append(stem + "-PLAT")
            rest = rest[len(run) :]
        else:
            texts.append(rest.pop(0))
    return texts


def row(system, machine, version, get_platform):
    fakes = [
        mock.patch.object(platform, "system", lambda: {"windows": "Windows", "macos": "Darwin"}[system]),
        mock.patch.object(platform, "mac_ver", lambda: (version, ("", "", ""), machine)),
        mock.patch.object(sysconfig, "get_platform", lambda: get_platform),
    ]
    for fake in fakes:
        fake.start()
    platforms = list(tags.platform_tags())
    pythons = []
    for (major, minor), free_threaded in PYTHONS:
        config = {"Py_GIL_DISABLED": 1} if free_threaded else {}
        with mock.patch.object(tags, "_get_config_var", lambda name, warn=False: config.get(name)):
            all_tags = list(tags.cpython_tags((major, minor)))
        all_tags += tags.compatible_tags((major, minor), interpreter=f"cp{major}{minor}")
        pythons.append({"python": f"{major}.{minor}" + "t" * free_threaded, "tags": collapsed(all_tags, platforms)})
    for fake in fakes:
        fake.stop()
    return {"system": system, "machine": machine, "version": version, "platforms": platforms, "pythons": pythons}


rows = [row("windows", machine, "", name) for machine, name in WINDOWS]
rows += [row("macos", machine, version, "") for machine, version in MACOS]
print(json.dumps(rows, indent=1))
