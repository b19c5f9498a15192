"""The Kubernetes manifests: rendered by kubectl, held to the schemas and to rules of our own."""

import re

import kubernetes_validate
import pytest
import typer
from typer.core import TyperGroup

from api.edge.config import GRACE_SECONDS
from cli.main import build_app
from personalization.settings.kafka import KafkaSettings
from realtime.main import JOIN_SECONDS
from realtime.wiring import ROLES
from tests.deployment.manifests import (
    FOLDERS,
    KUBERNETES,
    Manifest,
    container_of,
    labels_of,
    of_kind,
    pod_of,
    render,
    selects,
    workloads,
)
from tests.deployment.test_compose import KNOWN

OLDEST, NEWEST = "1.32", "1.37"
EXAMPLE = (KUBERNETES / "secret.example.env").read_text()
WORKLOADS = ("api", "history", "learner", "scorer")


def settings_in(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("folder", FOLDERS)
def test_kubernetes_knows_every_field(folder: str, version: str) -> None:
    assert render(folder)
    for manifest in render(folder):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_field_that_kubernetes_does_not_know_would_be_noticed() -> None:
    [wrong] = [
        dict(manifest)
        for manifest in render("base")
        if manifest["kind"] == "HorizontalPodAutoscaler"
    ]
    wrong["spec"] = {**wrong["spec"], "minimumReplicas": 2}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


def test_every_part_is_there() -> None:
    assert sorted(workloads()) == list(WORKLOADS)
    assert of_kind("StatefulSet").keys() == {"scorer", "learner"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_images_carry_an_exact_version(folder: str) -> None:
    images = {container_of(workload)["image"] for workload in workloads(folder).values()}

    assert all(re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+", image) for image in images)


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_cannot_become_root_nor_change_its_image(name: str) -> None:
    pod, container = pod_of(workloads()[name]), container_of(workloads()[name])
    rights = container["securityContext"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert rights["allowPrivilegeEscalation"] is False
    assert rights["readOnlyRootFilesystem"] is True
    assert rights["capabilities"] == {"drop": ["ALL"]}
    writable = {volume["name"] for volume in pod["volumes"] if "emptyDir" in volume}
    places = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    readable = {mount["mountPath"] for mount in container["volumeMounts"] if "readOnly" in mount}
    assert {"/var/lib/fitting-room", "/tmp"} == places.keys() - readable  # noqa: S108
    assert {places[place] for place in places.keys() - readable} <= writable


def test_the_api_has_its_keys_from_a_secret_that_it_cannot_change() -> None:
    pod, container = pod_of(workloads()["api"]), container_of(workloads()["api"])
    [mount] = [mount for mount in container["volumeMounts"] if mount["name"] == "keys"]
    [volume] = [volume for volume in pod["volumes"] if volume["name"] == "keys"]
    [file] = [item["value"] for item in container["env"] if item["name"].endswith("KEYS_FILE")]

    assert mount["readOnly"] is True
    assert file == f"{mount['mountPath']}/keys.json"
    assert volume["secret"]["defaultMode"] == 0o440
    assert f"generic {volume['secret']['secretName']} --from-file=keys.json" in EXAMPLE


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_is_watched_and_limited(name: str) -> None:
    container = container_of(workloads()[name])
    ports = {port["name"] for port in container["ports"]}

    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    assert {"cpu", "memory"} == container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_a_store_that_all_share_takes_no_pod_of_the_api_out_of_the_service(probe: str) -> None:
    container = container_of(workloads()["api"])

    assert container[probe]["httpGet"]["path"] == "/health/live"


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_has_more_time_to_end_than_it_may_take(name: str) -> None:
    pod = pod_of(workloads()[name])
    asleep = container_of(workloads()[name]).get("lifecycle", {}).get("preStop", {})
    taken = GRACE_SECONDS if name == "api" else JOIN_SECONDS

    assert pod["terminationGracePeriodSeconds"] > taken + asleep.get("sleep", {}).get("seconds", 0)


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_command_and_option_exists(name: str) -> None:
    command, *words = container_of(workloads()[name])["args"]
    group = typer.main.get_command(build_app())
    assert isinstance(group, TyperGroup)
    context = group.make_context("fitting-room", [command, *words])
    found = group.get_command(context, command)

    assert found is not None
    asked = found.make_context(command, words)
    if command == "realtime":
        # Who writes the history also lets events go that wait for a product, and erases.
        beside = ["waiting", "eraser"] if name == "history" else []
        assert asked.params["role"] == [name, *beside]


def test_every_role_runs_somewhere() -> None:
    args = [container_of(pod)["args"] for pod in workloads().values()]
    words = {word for command, *rest in args if command == "realtime" for word in rest}

    assert words >= ROLES.keys()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_setting_that_is_given_exists(folder: str) -> None:
    [settings] = of_kind("ConfigMap", folder).values()
    secrets = settings_in(EXAMPLE)
    own = {
        variable["name"]
        for each in workloads(folder).values()
        for variable in container_of(each).get("env", ())
    }

    given = {*settings["data"], *secrets, *own}

    assert given - KNOWN == set()
    assert set(secrets.values()) == {""}
    assert not settings["data"].keys() & secrets.keys()


def test_members_of_the_scorers_group_are_named_by_their_pods() -> None:
    [member] = container_of(workloads()["scorer"])["env"]

    assert member["name"] == "FITTING_ROOM_KAFKA_MEMBER"
    assert member["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_scorer_is_without_a_partition_and_the_learner_is_alone(folder: str) -> None:
    [settings] = of_kind("ConfigMap", folder).values()
    partitions = int(settings["data"]["FITTING_ROOM_KAFKA_PARTITIONS"])

    assert workloads(folder)["scorer"]["spec"]["replicas"] <= partitions
    assert workloads(folder)["learner"]["spec"]["replicas"] == 1


def test_the_settings_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    [settings] = of_kind("ConfigMap").values()
    for name, value in settings["data"].items():
        monkeypatch.setenv(name, value)

    assert KafkaSettings().replication == 3


def pods_selected_by(selector: Manifest) -> set[str]:
    return {
        name for name, workload in workloads().items() if selects(selector, labels_of(workload))
    }


def test_whatever_selects_pods_finds_them() -> None:
    for name, workload in workloads().items():
        assert pods_selected_by(workload["spec"]["selector"]) == {name}
    for name, service in of_kind("Service").items():
        assert pods_selected_by({"matchLabels": service["spec"]["selector"]}) == {name}
    for name, budget in of_kind("PodDisruptionBudget").items():
        assert pods_selected_by(budget["spec"]["selector"]) == {name}


def test_services_point_at_ports_that_are_open() -> None:
    for name, service in of_kind("Service").items():
        open_ports = {port["name"] for port in container_of(workloads()[name])["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= open_ports


def test_the_network_lets_through_what_is_needed_and_nothing_else() -> None:
    policies = {name: policy["spec"] for name, policy in of_kind("NetworkPolicy").items()}
    reached = {name: pods_selected_by(policy["podSelector"]) for name, policy in policies.items()}
    everyone = set(WORKLOADS)

    assert reached == {
        "nothing-else": everyone,
        "to-the-stores": everyone,
        "to-the-api": {"api"},
        "from-monitoring": everyone,
    }
    assert "ingress" not in policies["nothing-else"]
    assert "egress" not in policies["nothing-else"]


def test_the_autoscaler_leaves_two_replicas_and_the_budget_one() -> None:
    scaler = of_kind("HorizontalPodAutoscaler")["api"]["spec"]

    assert scaler["scaleTargetRef"]["name"] in of_kind("Deployment")
    assert scaler["minReplicas"] >= 2
    assert "replicas" not in workloads()["api"]["spec"]
    assert of_kind("PodDisruptionBudget")["api"]["spec"]["maxUnavailable"] == 1


def test_a_file_of_another_release_is_asked_of_the_pods_that_have_it() -> None:
    found = of_kind("Ingress", "overlays/example")
    backends = {}
    for ingress in found.values():
        [rule] = ingress["spec"]["rules"]
        [path] = rule["http"]["paths"]
        asked = ingress["metadata"]["annotations"]
        tried = asked["nginx.ingress.kubernetes.io/proxy-next-upstream"].split()
        backends[path["path"]] = path["backend"]["service"]
        # Of anything else a 404 is the answer.
        assert ("http_404" in tried) is (path["path"] == "/_next/")

    assert backends.keys() == {"/", "/_next/"}
    ports = {port["name"] for port in of_kind("Service")["api"]["spec"]["ports"]}
    for service in backends.values():
        assert (service["name"], service["port"]["name"] in ports) == ("api", True)


def test_pods_of_the_api_serve_the_pictures_that_an_import_has_kept() -> None:
    example = "overlays/example"
    claim = of_kind("PersistentVolumeClaim", example)["pictures"]
    job = of_kind("CronJob", example)["import"]
    api = workloads(example)["api"]["spec"]["template"]
    imports = job["spec"]["jobTemplate"]["spec"]["template"]

    # Pods on several machines see what one has written.
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert job["spec"]["suspend"] is True, "nothing is imported that nobody has asked for"
    for template, is_reader in ((api, True), (imports, False)):
        [container] = template["spec"]["containers"]
        [volume] = [known for known in template["spec"]["volumes"] if known["name"] == "pictures"]
        [mount] = [known for known in container["volumeMounts"] if known["name"] == "pictures"]
        [folder] = [
            known["value"]
            for known in container["env"]
            if known["name"] == "FITTING_ROOM_PICTURES_FOLDER"
        ]
        assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
        assert (mount["mountPath"], mount.get("readOnly", False)) == (folder, is_reader)


def test_an_import_has_no_more_rights_than_other_pods_and_reaches_the_stores() -> None:
    job = of_kind("CronJob", "overlays/example")["import"]["spec"]["jobTemplate"]["spec"]
    pod, others = job["template"]["spec"], pod_of(workloads()["history"])
    [container] = pod["containers"]
    [other] = others["containers"]

    assert pod["securityContext"].items() >= others["securityContext"].items()
    assert container["securityContext"] == other["securityContext"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["restartPolicy"] == "Never"
    policy = of_kind("NetworkPolicy")["to-the-stores"]["spec"]["podSelector"]
    assert selects(policy, job["template"]["metadata"]["labels"])
    settings = of_kind("ConfigMap", "overlays/example").keys()
    [named] = [known["configMapRef"]["name"] for known in container["envFrom"][:1]]
    assert named in settings
    assert re.fullmatch(r"registry\.example\.com/[\w/-]+:\d+\.\d+\.\d+", container["image"])
