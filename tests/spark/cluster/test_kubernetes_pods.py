"""What docs/spark.md says of Kubernetes: Spark knows each option, and Kubernetes each field."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pyspark.sql import SparkSession

from nightly.spark_options import GIB, Machine, NightSize, spark_options
from personalization.settings.nightly import NightlySettings
from tests.deployment.test_kubernetes import NEWEST, OLDEST

PAGE = (Path(__file__).parents[3] / "docs" / "spark.md").read_text("utf-8")
SECTION = PAGE.split("### Kubernetes\n")[1].split("\n## ")[0]
TEMPLATE_FILE = "spark.kubernetes.executor.podTemplateFile"
VOLUMES = "spark.kubernetes.executor.volumes."
MOUNT = f"{VOLUMES}persistentVolumeClaim.home.mount.path"


def setting_of_page(name: str) -> str:
    return SECTION.split(f"export {name}=")[1].split("```")[0].strip()


def options() -> dict[str, str]:
    text = setting_of_page("FITTING_ROOM_NIGHTLY_SPARK_CONF").strip("'")
    return dict(json.loads(text))


def manifests() -> Iterator[Mapping[str, Any]]:
    for block in SECTION.split("```yaml\n")[1:]:
        yield from yaml.safe_load_all(block.split("```")[0])


@pytest.fixture
def pod_template(tmp_path: Path) -> Path:
    [template] = [manifest for manifest in manifests() if manifest["kind"] == "Pod"]
    file = tmp_path / "executor.yaml"
    file.write_text(yaml.safe_dump(template))
    return file


@pytest.fixture
def executor_pod(spark: SparkSession, pod_template: Path) -> Any:
    """Have Spark make the pod that it would ask Kubernetes for."""
    jvm: Any = spark.sparkContext._jvm  # noqa: SLF001 - the code that makes pods is Java's
    conf = jvm.org.apache.spark.SparkConf()
    for name, value in {**options(), TEMPLATE_FILE: str(pod_template)}.items():
        conf.set(name, value)
    k8s, nothing = jvm.org.apache.spark.deploy.k8s, jvm.scala.Option.empty()
    executor = k8s.KubernetesConf.createExecutorConf(conf, "1", "spark-night", nothing, 0)
    context = spark.sparkContext._jsc.sc()  # noqa: SLF001 - as above
    security = context.env().securityManager()
    profile = context.resourceProfileManager().defaultResourceProfile()
    client = jvm.io.fabric8.kubernetes.client.KubernetesClientBuilder().build()
    made = jvm.org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBuilder().buildFromFeatures(
        executor, security, client, profile
    )
    serialization = jvm.io.fabric8.kubernetes.client.utils.Serialization
    pod = json.loads(serialization.asJson(made.pod().pod()))
    container = json.loads(serialization.asJson(made.pod().container()))
    pod["spec"]["containers"] = [container]
    return pod


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_takes_the_pod_that_spark_makes_of_the_documented_options(
    executor_pod: Any, version: str
) -> None:
    kubernetes_validate.validate(executor_pod, version, strict=True)


def test_an_executor_has_the_home_folder_the_driver_and_the_user_of_the_page(
    executor_pod: Any,
) -> None:
    [container] = executor_pod["spec"]["containers"]
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in executor_pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    given = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert claims == {"home": "shop-home"}
    assert mounts["home"] == options()[MOUNT]
    assert given["SPARK_DRIVER_URL"].endswith("@airflow-worker.shop.svc:7078")
    assert container["image"] == options()["spark.kubernetes.container.image"]
    assert executor_pod["spec"]["securityContext"]["runAsUser"] > 0


def unknown(spark: SparkSession, names: Collection[str]) -> set[str]:
    """Return the names that no option of Spark's own has."""
    jvm: Any = spark.sparkContext._jvm  # noqa: SLF001 - it alone knows its options
    # To be known, the options of Kubernetes must be loaded.
    jvm.org.apache.spark.deploy.k8s.Config.KUBERNETES_NAMESPACE()
    known = getattr(getattr(jvm, "org.apache.spark.internal.config.ConfigEntry$"), "MODULE$")
    return {name for name in names if known.findEntry(name) is None}


def test_spark_knows_every_documented_option(spark: SparkSession) -> None:
    # Volumes have names of their own within; Spark's pod shows whether they are understood.
    plain = [name for name in options() if not name.startswith(VOLUMES)]
    assert len(plain) > 5
    assert unknown(spark, plain) == set()
    assert unknown(spark, ["spark.kubernetes.namespaces"]) == {"spark.kubernetes.namespaces"}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_knows_every_field_of_what_the_worker_needs(version: str) -> None:
    kinds = []
    for manifest in manifests():
        kubernetes_validate.validate(manifest, version, strict=True)
        kinds.append(manifest["kind"])
    assert kinds == ["Pod", "Service", "Role", "RoleBinding"]


def test_the_service_has_the_name_and_the_ports_of_the_driver() -> None:
    [service] = [manifest for manifest in manifests() if manifest["kind"] == "Service"]
    place = service["metadata"]
    ports = {port["name"]: str(port["port"]) for port in service["spec"]["ports"]}
    assert options()["spark.driver.host"] == f"{place['name']}.{place['namespace']}.svc"
    assert options()["spark.kubernetes.namespace"] == place["namespace"]
    assert ports["driver"] == options()["spark.driver.port"]
    assert ports["blocks"] == options()["spark.driver.blockManager.port"]


def test_a_night_takes_the_documented_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    master = setting_of_page("FITTING_ROOM_NIGHTLY_SPARK_MASTER").split("\n")[0]
    monkeypatch.setenv("FITTING_ROOM_NIGHTLY_SPARK_MASTER", master)
    monkeypatch.setenv("FITTING_ROOM_NIGHTLY_SPARK_CONF", json.dumps(options()))
    machine = Machine(memory_bytes=8 * GIB, disk_bytes=8 * GIB)
    taken = spark_options(NightlySettings(), NightSize(events=10**9, products=10**6), machine)
    assert NightlySettings().spark_master.startswith("k8s://")
    assert options().items() <= taken.items()
