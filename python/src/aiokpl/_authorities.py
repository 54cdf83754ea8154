"""The authorities whose certificates are trusted, at the last."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from aiokpl import _core

if TYPE_CHECKING:
    from aiokpl.config import Config


def with_authorities(config: Config) -> Config:
    """The configuration with certifi's bundle, where neither it nor the environment names one, and the system has none.

    The core finds the others by itself. Slim containers have no authorities of their own.
    """
    named = (config.ca_bundle, os.environ.get("AWS_CA_BUNDLE"), os.environ.get("SSL_CERT_FILE"))
    if any(named) or _core.system_authorities() is not None:
        return config
    try:
        import certifi
    except ImportError:
        return config
    return dataclasses.replace(config, ca_bundle=certifi.where())


__all__ = ["with_authorities"]
