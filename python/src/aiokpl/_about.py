"""Which core is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from aiokpl import _core


@dataclass(slots=True, frozen=True, repr=False)
class Core:
    """What the package runs on; `print(aiokpl.core)` says it in one line."""

    #: The version of the C++ core.
    version: str
    #: The file that it was loaded from.
    path: str
    #: The libraries under it and their versions, as they are loaded: libcurl, OpenSSL.
    libraries: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        parts = [f"aiokpl {_core.version}", f"C++ core {self.version} ({self.path})"]
        return ", ".join(parts + [f"{name} {version}" for name, version in self.libraries])


core = Core(_core.version, str(_core.__file__), _core.library_versions())

__all__ = ["Core", "core"]
