"""`python -m calendar_local.relock`: update kafka.lock.toml after a change of COORDINATES."""

from jgo.env import LockFile
from jgo.maven import MavenContext

from calendar_local.jars import LOCK_FILE

# The clients are listed because a transitive bill of materials requires older ones.
COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.3.1",
    "org.apache.kafka:kafka-clients:4.3.1",
    "org.slf4j:slf4j-simple:1.7.36",
)


def main() -> None:
    """Resolve the coordinates with their runtime dependencies, and write the lock."""
    maven = MavenContext()
    wanted = [maven.create_dependency(each) for each in COORDINATES]
    direct, transitive = maven.resolver.resolve(wanted)
    needed = [each for each in transitive if each.scope in {"compile", "runtime"}]
    LockFile.from_resolved_dependencies([*direct, *needed]).save(LOCK_FILE)


if __name__ == "__main__":
    main()
