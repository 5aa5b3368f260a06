"""McNemar's test: are two versions differently good, told by the images that only one of them reads right?

Exact, from the binomial distribution, with the standard library alone. Left out on purpose: the chi-squared
approximation, which is wrong where few images differ, as they do between two good versions."""

import math

# A term so much smaller than the largest changes no digit that anybody is shown.
NEGLIGIBLE = 1e-18


def p_value(only_first: int, only_second: int) -> float:
    """The two-sided p of McNemar, Note on the Sampling Error of the Difference Between Correlated Proportions (1947).

    `only_first` counts the images that only the first reads right. Were both equally good, each image that they differ
    on would fall to either like a coin: p = min(1, 2 P(X <= min(b, c))), X ~ Binomial(b + c, 1/2). It is 1 where they
    never differ. Raises ValueError for a negative count."""
    if only_first < 0 or only_second < 0:
        raise ValueError(f"counts of images cannot be negative, as {only_first} and {only_second} are")
    return min(1.0, 2 * _at_most(min(only_first, only_second), only_first + only_second))


def _at_most(k: int, n: int) -> float:
    """P(X <= k) for X ~ Binomial(n, 1/2), for k <= n / 2: from the largest term down, each by its ratio to the last."""
    term = math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2))
    total, smallest = 0.0, term * NEGLIGIBLE
    while k >= 0 and term > smallest:
        total += term
        term *= k / (n - k + 1)  # C(n, k - 1) = C(n, k) k / (n - k + 1)
        k -= 1
    return total
