"""The names of the local cloud's environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gcp_local import environment

PORTS = {"bigquery": 1, "storage": 2, "services": 3, "provider": 4}


def test_names_are_all_that_variables_may_set() -> None:
    assert set(environment.variables(PORTS, Path("/s"))) == set(environment.NAMES)


def test_the_plugin_is_told_everything_but_our_provider() -> None:
    ours, plugin = (environment.variables(PORTS, Path("/s"), plugin=p) for p in (False, True))
    assert {k: v for k, v in ours.items() if k != "PULUMI_DEBUG_PROVIDERS"} == plugin
    assert ours["PULUMI_DEBUG_PROVIDERS"] == "gcp:4"


def test_every_endpoint_has_the_form_that_the_plugin_accepts() -> None:
    values = environment.variables(PORTS, Path("/s"))
    endpoints = [value for name, value in values.items() if name.endswith("_CUSTOM_ENDPOINT")]
    assert len(endpoints) == len(environment.ENDPOINTS)
    assert all(value.startswith("http://127.0.0.1:") and value.endswith("/") for value in endpoints)


@pytest.mark.parametrize("value", ["plain", "it's", '$HOME `id` "x" \\', "two\nlines", ""])
def test_a_shell_reads_an_export_as_the_very_value(value: str) -> None:
    script = environment.exports({"X": value}) + 'printf %s "$X"'
    assert subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout == value
