"""What the hardware asks for a record, whatever a producer does: measured between all rows, since a machine that others
use too is not always as fast."""

from __future__ import annotations

import dataclasses
import pathlib
import statistics

from suite.processes import Cores, run_to_end


@dataclasses.dataclass(frozen=True)
class Floor:
    """Nanoseconds of one core: per byte, but for the hash of a key."""

    sha256: float
    aes_128_gcm: float
    copy: float
    write: float
    md5: float
    key_hash: float

    def per_byte(self, tls: bool) -> float:
        # MD5 side by side in SIMD lanes takes a fifth of OpenSSL's time.
        return self.sha256 + (self.aes_128_gcm if tls else 0) + self.copy + self.write + self.md5 / 5

    def per_record(self, data_and_key: float, tls: bool, key: bool) -> float:
        """Microseconds for a record with so many bytes."""
        return (data_and_key * self.per_byte(tls) + (self.key_hash if key else 0)) / 1000


def mean(floors: list[Floor]) -> Floor:
    names = [field.name for field in dataclasses.fields(Floor)]
    return Floor(**{name: statistics.fmean(getattr(floor, name) for floor in floors) for name in names})


def measure_floor(programs: pathlib.Path, cores: Cores, seconds: float) -> Floor:
    """`seconds` for each of the six primitives."""
    command: list[object] = [programs / "bench_floor", "--seconds", str(seconds)]
    if cores.pinned:
        command += ["--reader-cpu", str(min(cores.server))]
    return Floor(**run_to_end(command, cores.measured, 60))
