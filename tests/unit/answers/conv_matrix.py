"""Right and wrong answers to the exercises of chapter "conv/matrix"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import conv_matrix as checks
from diffimg.conv import conv_matrix, conv_output_size
from diffimg.linear import adjoint, as_matrix

# right answers, written otherwise than in the book --------------------------------------------------------------------

@right(checks.shape_of_C)
def counted():
    height, width = conv_output_size((20, 30), 5, stride=2, padding=2)
    return 8 * height * width, 3 * 20 * 30, 3 * 5 * 5


@right(checks.shape_of_C)
def of_the_matrix_itself():
    C = conv_matrix(torch.ones(8, 3, 5, 5), (20, 30), stride=2, padding=2)
    return [*C.shape, C.crow_indices().diff().max()]


right(checks.shape_of_C)(lambda: torch.tensor([1200.0, 1800.0, 75.0]))
right(checks.shape_of_C)(lambda: torch.tensor([1200, 1800, 75], dtype=torch.int32))


def mirrored(p):
    return lambda x: F.pad(x[None], (p, p), mode="reflect")[0]


@right(checks.fold_back)
def by_autograd(z, p):
    return adjoint(mirrored(p), (len(z) - 2 * p,))(z)


@right(checks.fold_back)
def by_matrix(z, p):
    return as_matrix(mirrored(p), (len(z) - 2 * p,), dtype=z.dtype).mT @ z


@right(checks.fold_back)
def by_index(z, p):
    n = len(z) - 2 * p
    source = torch.nn.functional.pad(torch.arange(float(n))[None], (p, p), mode="reflect")[0].long()
    return torch.zeros(n).index_add(0, source, z)


@right(checks.fold_back)
def unmirror(z, p):
    n = len(z) - 2 * p
    x = z[p:p + n].clone()
    x[1:p + 1] += z[:p].flip(0)
    x[n - 1 - p:n - 1] += z[p + n:].flip(0)
    return x


# wrong answers, with words of the reply -------------------------------------------------------------------------------

wrong(checks.shape_of_C, "rows and columns are exchanged")(lambda: (1800, 1200, 75))
wrong(checks.shape_of_C, "rows of one channel")(lambda: (150, 1800, 75))
wrong(checks.shape_of_C, "columns of one channel")(lambda: (1200, 600, 75))
wrong(checks.shape_of_C, "all 3 channels")(lambda: (1200, 1800, 25))
wrong(checks.shape_of_C, "not to all 8")(lambda: (1200, 1800, 600))
wrong(checks.shape_of_C, "leaves out the stride")(lambda: (4800, 1800, 75))
wrong(checks.shape_of_C, "leaves out the padding")(lambda: (832, 1800, 75))
wrong(checks.shape_of_C, "rows: you predicted 1120, expected 1200")(lambda: (8 * 10 * 14, 1800, 75))
wrong(checks.shape_of_C, "off by up to")(lambda: (1200.01, 1800, 75))
wrong(checks.shape_of_C, "three numbers")(lambda: (1200, 1800))


def folded(mode):
    return lambda z, p: adjoint(lambda x: F.pad(x[None], (p, p), mode=mode)[0], (len(z) - 2 * p,))(z)


@wrong(checks.fold_back, "your mirror stands at the edge")
def mirror_at_the_edge(z, p):
    x = z[p:-p].clone()
    x[:p] += z[:p].flip(0)
    x[-p:] += z[-p:].flip(0)
    return x


@wrong(checks.fold_back, "a mirror reverses it")
def not_mirrored(z, p):
    x = z[p:-p].clone()
    x[1:p + 1] += z[:p]
    x[len(x) - 1 - p:-1] += z[-p:]
    return x


@wrong(checks.fold_back, "gradients add up")
def averaged(z, p):
    return by_matrix(z, p) / by_matrix(torch.ones_like(z), p)


@wrong(checks.fold_back, "for n = 6, p = 2 pixel 3 gets")
def one_side_only(z, p):
    x = z[p:-p].clone()
    x[1:p + 1] += z[:p].flip(0)
    return x


@wrong(checks.fold_back, "for n = 6, p = 2 pixel 1 gets")
def other_side_only(z, p):
    return one_side_only(z.flip(0), p).flip(0)


wrong(checks.fold_back, "cuts the frame off")(lambda z, p: z[p:-p])
wrong(checks.fold_back, "repeats the border pixel")(folded("replicate"))
wrong(checks.fold_back, "folds back circular padding")(folded("circular"))
wrong(checks.fold_back, "counted twice")(lambda z, p: by_matrix(z, p) + z[p:-p])
wrong(checks.fold_back, "goes back to the image")(lambda z, p: F.pad(z[None], (p, p), mode="reflect")[0])
