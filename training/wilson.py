"""Between which shares the true one lies, told by a sample: Wilson's interval, which is honest near 0 and 1 too.

Left out on purpose: the textbook's interval, which says "exactly 100 %" of three out of three."""

import math

Z_95 = 1.959963984540054  # the standard normal distribution's 97.5 % point


def interval(right: int, n: int, *, z: float = Z_95) -> tuple[float, float]:
    """The 95 % interval of a share, from `right` of `n`; (0, 1) without any.

    Wilson: Probable Inference, the Law of Succession, and Statistical Inference (1927)."""
    if not n:
        return 0.0, 1.0
    share, more = right / n, z * z / n
    middle = (share + more / 2) / (1 + more)
    half = z * math.sqrt(share * (1 - share) / n + more / (4 * n)) / (1 + more)
    return max(0.0, middle - half), min(1.0, middle + half)
