"""The Compose file: read by Docker Compose itself, then held to rules of our own."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import redis
import typer
import yaml
from pydantic_settings import BaseSettings
from typer.core import TyperGroup

from cli.main import build_app
from stack.server import answers, free_port
from stack.wiring import redis_server
from tests.architecture.test_budgets import SETTINGS
from tests.deployment.compose_file import (
    EXAMPLE,
    ROOT,
    SECRET,
    compose,
    lasting,
    project,
    secrets,
    services,
)
from tests.waiting import eventually

EXACT = re.compile(r"(postgres:\d+\.\d+|[a-z][a-z0-9/._-]*:\d+\.\d+\.\d+)(-[a-z0-9.]+)?")
"""Postgres counts in two numbers, everything else in three."""
OURS = "fitting-room/"


def variables_of(settings: type[BaseSettings]) -> set[str]:
    prefix = str(settings.model_config["env_prefix"])
    return {(prefix + name).upper() for name in settings.model_fields}


KNOWN = {name for settings in SETTINGS for name in variables_of(settings)}


def test_without_its_secrets_nothing_starts_and_the_reason_is_said() -> None:
    refused = compose("config", "--quiet", given={})

    assert refused.returncode != 0
    assert "scripts/new_env" in refused.stderr
    assert all(
        f"required variable {name} is missing a value" in refused.stderr for name in secrets()
    )


def test_the_example_holds_no_secret() -> None:
    assert [
        line for line in EXAMPLE.read_text().splitlines() if re.fullmatch(r"\w+=.+", line)
    ] == []
    ignored = subprocess.run(
        ["git", "check-ignore", ".env"],  # noqa: S607
        cwd=ROOT, check=False, capture_output=True,
    )  # fmt: skip
    assert ignored.returncode == 0


def test_new_secrets_differ_and_an_existing_file_is_left_alone(tmp_path: Path) -> None:
    command = [str(ROOT / "scripts" / "new_env"), str(tmp_path / ".env")]

    subprocess.run(command, check=True)
    lines = (tmp_path / ".env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    again = subprocess.run(command, check=False, capture_output=True)

    assert list(given) == secrets()
    assert len(set(given.values())) == len(given)
    assert {len(text) for text in given.values()} == {44}
    assert again.returncode == 1
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_every_image_is_pinned_to_an_exact_version() -> None:
    images = {name: service["image"] for name, service in services().items()}

    assert {name: image for name, image in images.items() if not EXACT.fullmatch(image)} == {}
    built = {name for name, service in services().items() if "build" in service}
    assert built == {name for name, image in images.items() if image.startswith(OURS)}


@pytest.mark.parametrize("name", sorted(lasting()))
def test_what_stays_up_is_watched_and_started_again(name: str) -> None:
    service = lasting()[name]

    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= service[
        "healthcheck"
    ].keys()


@pytest.mark.parametrize("name", sorted(services()))
def test_everything_is_limited_also_what_ends_by_itself(name: str) -> None:
    service = services()[name]
    limits = service["deploy"]["resources"]["limits"]

    assert float(limits["cpus"]) > 0
    assert int(limits["memory"]) > 0
    assert service["logging"]["options"]["max-size"]


def test_no_secret_stands_in_the_list_of_processes() -> None:
    for name, service in services().items():
        words = [
            service.get("command"),
            service.get("entrypoint"),
            service.get("healthcheck", {}).get("test"),
        ]
        assert SECRET not in str(words), name


def test_redis_takes_its_configuration_and_lets_nobody_in_without_the_password(
    tmp_path: Path,
) -> None:
    service, port = services()["redis"], free_port()
    [mounted] = service["configs"]
    configuration = tmp_path / "as-mounted.conf"
    own = f'bind 127.0.0.1\nport {port}\ndir "{tmp_path}"\n'
    configuration.write_text(project()["configs"]["redis"]["content"] + own)
    executable = redis_server(tmp_path).command[0]

    assert service["command"] == ["redis-server", mounted["target"]]
    assert service["environment"]["REDISCLI_AUTH"] == SECRET
    with subprocess.Popen([executable, str(configuration)], stdout=subprocess.DEVNULL) as process:
        try:
            client = redis.Redis(port=port, password=SECRET, decode_responses=True)
            eventually(lambda: answers("127.0.0.1", port))
            assert client.ping()
            asked = client.config_get("*")
            with pytest.raises(redis.AuthenticationError):
                redis.Redis(port=port).ping()
        finally:
            process.terminate()

    assert (asked["appendonly"], asked["appendfsync"], asked["save"]) == ("yes", "everysec", "")
    assert (asked["maxmemory"], asked["maxmemory-policy"]) == (str(512 * 2**20), "noeviction")


def test_a_store_that_all_share_makes_no_replica_of_the_api_unhealthy() -> None:
    assert services()["api"]["healthcheck"]["test"][-1].endswith("/health/live")


def test_only_loopback_is_listened_on() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]

    assert ports
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_whoever_is_waited_for_can_be_waited_for() -> None:
    found = services()
    for name, service in found.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in found[other], f"{name} waits for {other}"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert found[other]["restart"] == "no", f"{name} waits for {other}"


def test_nothing_of_ours_is_run_by_root_or_may_gain_rights() -> None:
    for name, service in services().items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if service["image"].startswith(OURS):
            assert service["cap_drop"] == ["ALL"], name


def test_every_setting_that_is_given_exists() -> None:
    given = {
        name
        for service in services().values()
        for name in service.get("environment", {})
        if name.startswith("FITTING_ROOM_")
    }

    assert given
    assert given - KNOWN == set()


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_value_that_is_given_is_taken(
    settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in services().values():
        with monkeypatch.context() as patch:
            for name, value in service.get("environment", {}).items():
                patch.setenv(name, value)
            settings()


def commands() -> dict[str, list[str]]:
    """Return what the services ask of `fitting-room`."""
    found = services()
    return {
        name: service["command"]
        for name, service in found.items()
        if service["image"].startswith("fitting-room/service:")
    }


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_exists(name: str) -> None:
    command, *words = commands()[name]
    group = typer.main.get_command(build_app())
    assert isinstance(group, TyperGroup)
    context = group.make_context("fitting-room", [command, *words])

    found = group.get_command(context, command)

    assert found is not None
    found.make_context(command, words)


def test_every_role_is_played_and_the_learner_is_alone() -> None:
    roles = Counter(
        command[command.index("--role") + 1]
        for command in commands().values()
        if command[0] == "realtime"
    )

    assert roles == {"scorer": 2, "history": 1, "learner": 1}
    assert all("replicas" not in services()[name]["deploy"] for name in ("learner", "scorer-1"))


def test_no_two_members_of_a_group_have_the_same_name() -> None:
    members = Counter(
        service["environment"]["FITTING_ROOM_KAFKA_MEMBER"]
        for service in services().values()
        if "FITTING_ROOM_KAFKA_MEMBER" in service.get("environment", {})
    )

    assert members
    assert set(members.values()) == {1}


def test_a_role_has_more_time_to_end_than_it_may_take() -> None:
    from realtime.main import JOIN_SECONDS

    for name, command in commands().items():
        if command[0] == "realtime":
            assert services()[name]["stop_grace_period"] == "40s"
            assert JOIN_SECONDS < 40


def test_replicas_of_the_api_share_one_key() -> None:
    api = services()["api"]

    assert api["deploy"]["replicas"] == 2
    assert api["environment"]["FITTING_ROOM_API_SECRET"]


def test_the_api_waits_for_the_keys_that_are_made_for_it_once() -> None:
    maker, api = services()["keys"], services()["api"]
    [written] = maker["volumes"]
    [read] = [volume for volume in api["volumes"] if volume["source"] == written["source"]]
    file = api["environment"]["FITTING_ROOM_KEYS_FILE"]

    assert maker["command"][:4] == ["keys", "file", file, "--keep"]
    assert api["depends_on"]["keys"]["condition"] == "service_completed_successfully"
    assert (read["source"], read["target"]) == (written["source"], written["target"])
    assert file == f"{read['target']}/keys.json"
    assert read["read_only"] is True
    # A named volume has the owner of the folder of the image that it is mounted on.
    assert read["target"] in (ROOT / "Dockerfile").read_text()


def test_replicas_of_the_api_serve_the_pictures_that_an_import_has_kept() -> None:
    reader, writer = services()["api"], services()["import"]
    [read], [written] = (
        [volume for volume in service["volumes"] if volume["source"] == "pictures"]
        for service in (reader, writer)
    )

    assert read["type"] == "volume", "it outlives both containers"
    assert "pictures" in project()["volumes"]
    assert (read.get("read_only"), written.get("read_only")) == (True, None)
    for service, volume in ((reader, read), (writer, written)):
        assert service["environment"]["FITTING_ROOM_PICTURES_FOLDER"] == volume["target"]
        # Nothing that is lost with a container lies over it.
        lost = [place.partition(":")[0] for place in service.get("tmpfs", [])]
        assert not [place for place in lost if volume["target"].startswith(f"{place}/")]
    # A named volume has the owner of the folder of the image that it is mounted on.
    assert re.search(rf"install -d [^&]*{read['target']}\b", (ROOT / "Dockerfile").read_text())


def test_airflow_and_spark_see_the_warehouse_at_the_same_path() -> None:
    places = {
        name: volume["target"]
        for name in ("airflow-scheduler", "spark-worker")
        for volume in services()[name]["volumes"]
        if volume.get("source") == "warehouse"
    }

    assert set(places.values()) == {"/var/lib/fitting-room/warehouse"}
    assert len(places) == 2


def test_kafka_is_tuned_as_it_is_without_docker() -> None:
    lines = (ROOT / "stack" / "templates" / "kafka.properties").read_text().splitlines()
    options = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    given = services()["kafka"]["environment"]
    # Those of an address or a folder differ, of course.
    tuned = {name: value for name, value in options.items() if "{" not in value}

    assert len(tuned) > 10
    assert {
        name: (value, given.get(f"KAFKA_{name.upper().replace('.', '_')}"))
        for name, value in tuned.items()
        if given.get(f"KAFKA_{name.upper().replace('.', '_')}") != value
    } == {}


def test_cassandra_syncs_as_it_does_without_docker() -> None:
    template = (ROOT / "stack" / "templates" / "cassandra.yaml").read_text()
    sync = re.search(r"^commitlog_sync: (\w+)$", template, re.MULTILINE)

    assert sync is not None
    options = services()["cassandra"]["environment"]["JVM_EXTRA_OPTS"]
    assert f"-Dcassandra.settings.commitlog_sync={sync[1]}" in options


def test_the_file_has_the_name_that_people_look_for() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    assert yaml.safe_load(text)["name"] == "fitting-room"
