import re

from jgo.env import LockFile

from calendar_local.jars import LOCK_FILE, kafka_version
from calendar_local.relock import COORDINATES


def test_the_lock_holds_what_was_asked_for_each_with_its_checksum_and_no_address() -> None:
    locked = LockFile.load(LOCK_FILE).dependencies

    assert set(COORDINATES) <= {f"{x.groupId}:{x.artifactId}:{x.version}" for x in locked}
    assert all(re.fullmatch(r"[0-9a-f]{64}", x.sha256 or "") for x in locked)
    assert "://" not in LOCK_FILE.read_text()


def test_the_version_shown_is_the_locked_one() -> None:
    assert f"org.apache.kafka:kafka_2.13:{kafka_version()}" in COORDINATES
