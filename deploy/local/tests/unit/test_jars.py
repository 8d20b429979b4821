import re

from jgo.env import LockFile

from calendar_local.jars import LOCK_FILE, kafka_version
from calendar_local.relock import COORDINATES


def test_lock_has_coordinates_checksums_and_no_addresses() -> None:
    locked = LockFile.load(LOCK_FILE).dependencies

    assert set(COORDINATES) <= {f"{x.groupId}:{x.artifactId}:{x.version}" for x in locked}
    assert all(re.fullmatch(r"[0-9a-f]{64}", x.sha256 or "") for x in locked)
    assert "://" not in LOCK_FILE.read_text()


def test_kafka_version_is_locked() -> None:
    assert f"org.apache.kafka:kafka_2.13:{kafka_version()}" in COORDINATES
