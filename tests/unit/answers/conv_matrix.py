"""Right and wrong answers to the exercises of chapter "conv/matrix", for test_checks.py."""

import scipy.signal
import torch
import torch.nn.functional as F

from diffimg.linear import adjoint, as_matrix


# right answers, written otherwise than in the book --------------------------------------------------------------------

def by_transposed_convolution(v, w):
    return F.conv_transpose2d(v[None, None], w[None, None])[0, 0]


def by_scipy(v, w):
    return scipy.signal.convolve2d(v.cpu().numpy(), w.cpu().numpy())


def by_turning_everything(v, w):
    padding = v.shape[0] - 1, v.shape[1] - 1
    return F.conv2d(w[None, None].flip(-1, -2), v[None, None], padding=padding)[0, 0].flip(-1, -2)


def patches(x, y):
    return F.unfold(x[None, None], [a - b + 1 for a, b in zip(x.shape, y.shape, strict=True)])[0].mT


def by_normal_equations(x, y):
    X = patches(x, y)
    X = torch.cat([torch.ones_like(X[:, :1]), X], 1)
    return torch.linalg.solve(X.mT @ X, X.mT @ y.flatten())[0]


def by_centred_least_squares(x, y):
    X = patches(x, y)
    w = torch.linalg.lstsq(X - X.mean(0), (y - y.mean()).flatten()[:, None]).solution[:, 0]
    return float(y.mean() - X.mean(0) @ w)


def mirrored(p):
    return lambda x: F.pad(x[None], (p, p), mode="reflect")[0]


def by_autograd(z, p):
    return adjoint(mirrored(p), (len(z) - 2 * p,))(z)


def by_matrix(z, p):
    return as_matrix(mirrored(p), (len(z) - 2 * p,), dtype=z.dtype).mT @ z


def combined(v, w):
    turned = w.flip(-1, -2)[None, None]
    return F.conv2d(v[None, None], turned, padding=(w.shape[0] - 1, w.shape[1] - 1))[0, 0]


def bias_by_least_squares(x, y):
    X = patches(x, y)
    X = torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
    return torch.linalg.lstsq(X, y.flatten()[:, None]).solution[-1, 0]


def unmirror(z, p):
    n = len(z) - 2 * p
    x = z[p:p + n].clone()
    x[1:p + 1] += z[:p].flip(0)
    x[n - 1 - p:n - 1] += z[p + n:].flip(0)
    return x


RIGHT = [
    ("one_kernel", combined), ("find_bias", bias_by_least_squares), ("fold_back", unmirror),
    ("one_kernel", by_transposed_convolution), ("one_kernel", by_scipy), ("one_kernel", by_turning_everything),
    ("find_bias", by_normal_equations), ("find_bias", by_centred_least_squares),
    ("fold_back", by_autograd), ("fold_back", by_matrix)]


# wrong answers, with words of the reply -------------------------------------------------------------------------------

def full(v, w):
    return F.conv2d(v[None, None], w[None, None], padding=(w.shape[0] - 1, w.shape[1] - 1))[0, 0]


def without_a_constant(x, y):
    X = patches(x, y)
    return (y.flatten() - X @ torch.linalg.lstsq(X, y.flatten()[:, None]).solution[:, 0]).mean()


def last_entry_of_the_kernel(x, y):
    X = patches(x, y)
    X = torch.cat([torch.ones_like(X[:, :1]), X], 1)
    return torch.linalg.lstsq(X, y.flatten()[:, None]).solution[-1, 0]


def folded(mode):
    return lambda z, p: adjoint(lambda x: F.pad(x[None], (p, p), mode=mode)[0], (len(z) - 2 * p,))(z)


def mirror_at_the_edge(z, p):
    x = z[p:-p].clone()
    x[:p] += z[:p].flip(0)
    x[-p:] += z[-p:].flip(0)
    return x


def not_mirrored(z, p):
    x = z[p:-p].clone()
    x[1:p + 1] += z[:p]
    x[len(x) - 1 - p:-1] += z[-p:]
    return x


def averaged(z, p):
    return by_matrix(z, p) / by_matrix(torch.ones_like(z), p)


def one_side_only(z, p):
    x = z[p:-p].clone()
    x[1:p + 1] += z[:p].flip(0)
    return x


def other_side_only(z, p):
    return one_side_only(z.flip(0), p).flip(0)


WRONG = [
    ("one_kernel", full, "that correlates the kernels; F.conv2d does not flip"),
    ("one_kernel", lambda v, w: full(w, v), "turn one kernel instead"),
    ("one_kernel", lambda v, w: full(v, w.flip(0)), "rows' axis only"),
    ("one_kernel", lambda v, w: full(v, w.flip(1)), "columns' axis only"),
    ("one_kernel", lambda v, w: full(v.flip(0, 1), w), "turned by half a turn"),
    ("one_kernel", lambda v, w: F.conv2d(v[None, None], w[None, None, :1, :1])[0, 0], "k + k' - 1"),
    ("one_kernel", lambda v, w: F.conv2d(v[None, None], w[None, None])[0, 0], "expected (4, 4)"),
    ("one_kernel", lambda v, w: by_transposed_convolution(v, w)[None, None], "[0, 0] drops"),
    ("one_kernel", lambda v, w: full(v, w.mT.flip(0, 1)), "entry (0, 1) is"),
    ("one_kernel", lambda v, w: 2 * by_transposed_convolution(v, w), "entry (0, 0) is"),
    ("one_kernel", lambda v, w: None, "returned None"),
    ("find_bias", lambda x, y: y.mean(), "brightens it too"),
    ("find_bias", lambda x, y: y.mean() - x.mean(), "adds up to 1"),
    ("find_bias", without_a_constant, "fit both together"),
    ("find_bias", last_entry_of_the_kernel, "an entry of the kernel"),
    ("find_bias", lambda x, y: -by_normal_equations(x, y), "sign turned"),
    ("find_bias", lambda x, y: y - x[:y.shape[0], :y.shape[1]], "expected one number"),
    ("find_bias", lambda x, y: 0, "the picture was made with"),
    ("fold_back", lambda z, p: z[p:-p], "cuts the frame off"),
    ("fold_back", folded("replicate"), "repeats the border pixel"),
    ("fold_back", folded("circular"), "folds back circular padding"),
    ("fold_back", mirror_at_the_edge, "your mirror stands at the edge"),
    ("fold_back", not_mirrored, "a mirror reverses it"),
    ("fold_back", averaged, "gradients add up"),
    ("fold_back", lambda z, p: by_matrix(z, p) + z[p:-p], "counted twice"),
    ("fold_back", lambda z, p: F.pad(z[None], (p, p), mode="reflect")[0], "goes back to the image"),
    ("fold_back", one_side_only, "for n = 6, p = 2 pixel 3 gets"),
    ("fold_back", other_side_only, "for n = 6, p = 2 pixel 1 gets")]
