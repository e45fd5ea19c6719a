"""What PyTorch, or the nature of a function, does not allow: for test_everywhere.py and the table of the API page."""

WAYS = ("compile", "export", "symbolic sizes", "ONNX", "vmap", "vmap of the backward pass", "forward mode",
        "double backward", "autocast", "bfloat16", "other strides", "empty batch", "inference mode",
        "deterministic mode")
PROGRAMS = ("compile", "export", "symbolic sizes", "ONNX")

# for each function the reason, and the ways that it closes
CLOSED: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "linear.as_matrix": [("it compares the matrix with the function, so it reads values", (*PROGRAMS, "vmap"))],
    "linear.adjoint": [("it calls autograd inside", ("compile", "ONNX", "vmap", "inference mode"))],
    "linear.dot_test": [("its result is a Python number", (*PROGRAMS, "vmap", "forward mode", "inference mode"))],
    "linear.operator_norm": [("its result is a Python number", (*PROGRAMS, "vmap", "forward mode", "inference mode"))],
    "crop.crop": [("PyTorch's grid_sample has no forward mode; with antialias=True there is one", ("forward mode",))],
    "crop.warp": [("PyTorch's grid_sample has no forward mode", ("forward mode",))],
    "tv.denoise_tv": [("it reads its gap to know when to stop", (*PROGRAMS, "vmap", "forward mode")),
                      ("it takes float32 and float64", ("bfloat16",))],
    "tv.denoise_tv_vjp": [("it reads its gap to know when to stop", (*PROGRAMS, "vmap", "forward mode")),
                          ("it records nothing", ("vmap of the backward pass", "double backward")),
                          ("it takes float32 and float64", ("bfloat16",))],
    "conv.conv_matrix": [("PyTorch knows the layout CSR in eager code alone", (
        *PROGRAMS, "vmap", "vmap of the backward pass", "forward mode", "double backward"))],
    "resample.fourier_upsample": [("PyTorch's exporter has no rule for the inverse transform", ("ONNX",))],
    "images.psnr": [("its result is a Python number", (*PROGRAMS, "vmap", "forward mode"))],
}
LIMITS = {(name, way): reason for name, reasons in CLOSED.items() for reason, ways in reasons for way in ways}
