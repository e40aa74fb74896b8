"""config.toml: what the installer decides, read once into frozen values.

`load` returns a Config or raises every fault at once. Secrets stand in it by reference only.
"""

from mailroom.config.checks import check_clock
from mailroom.config.load import load
from mailroom.config.model import Config, Hours

__all__ = ["Config", "Hours", "check_clock", "load"]
