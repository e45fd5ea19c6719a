"""What PyTorch, or the nature of a function, does not allow: for test_everywhere.py and the table of the API page."""

# in the order of the table
WAYS = ("compile", "export", "symbolic sizes", "ONNX", "vmap", "vmap of the backward pass", "forward mode",
        "double backward", "autocast", "bfloat16", "other strides", "empty batch", "inference mode",
        "deterministic mode")
LIMITS: dict[tuple[str, str], str] = {}
