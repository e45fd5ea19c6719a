"""Python imports this when it starts, from a folder on PYTHONPATH: so every kernel and every worker has the device."""

import other_device  # noqa: F401
