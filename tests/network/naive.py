"""Every kernel once more, with loops, exactly as its definition reads: what the fast ones must equal."""

from itertools import product

import numpy as np


def convolution(x, weight, bias):
    """x (rows, channels, columns, batch) -> (rows - A + 1, filters, columns - B + 1, batch)."""
    rows, channels, columns, batch = x.shape
    filters, _, A, B = weight.shape
    y = np.zeros((rows - A + 1, filters, columns - B + 1, batch), x.dtype)
    for i, f, j in np.ndindex(y.shape[:3]):
        y[i, f, j] = bias[f]
        for a, c, b in product(range(A), range(channels), range(B)):
            y[i, f, j] += weight[f, c, a, b] * x[i + a, c, j + b]
    return y


def convolution_backward(x, weight, dy):
    """Return dx, dweight and dbias: every product of the forward pass sends its share back to both factors."""
    dx, dweight, dbias = np.zeros_like(x), np.zeros_like(weight), np.zeros(len(weight), x.dtype)
    _, channels, A, B = weight.shape
    for i, f, j in np.ndindex(dy.shape[:3]):
        dbias[f] += dy[i, f, j].sum()
        for a, c, b in product(range(A), range(channels), range(B)):
            dweight[f, c, a, b] += (dy[i, f, j] * x[i + a, c, j + b]).sum()
            dx[i + a, c, j + b] += weight[f, c, a, b] * dy[i, f, j]
    return dx, dweight, dbias


def max_pool(x, side):
    rows, channels, columns, batch = x.shape
    y = np.zeros((rows // side, channels, columns // side, batch), x.dtype)
    for i, c, j, n in np.ndindex(y.shape):
        y[i, c, j, n] = max(x[i * side + k, c, j * side + m, n] for k in range(side) for m in range(side))
    return y


def max_pool_backward(x, side, dy):
    """The first largest value of each square, row by row, gets the whole derivative."""
    dx = np.zeros_like(x)
    for i, c, j, n in np.ndindex(dy.shape):
        places = [(i * side + k, j * side + m) for k in range(side) for m in range(side)]
        row, column = max(places, key=lambda place: x[place[0], c, place[1], n])  # max keeps the first of equals
        dx[row, c, column, n] = dy[i, c, j, n]
    return dx


def relu(x):
    return np.array([max(value, 0) for value in x.ravel()], x.dtype).reshape(x.shape)


def relu_backward(x, dy):
    return np.array([d if v > 0 else 0 for v, d in zip(x.ravel(), dy.ravel(), strict=True)], x.dtype).reshape(x.shape)


def dense(x, weight, bias):
    """x (features, batch) -> (outputs, batch)."""
    y = np.zeros((len(weight), x.shape[1]), x.dtype)
    for o, n in np.ndindex(y.shape):
        y[o, n] = bias[o] + sum(weight[o, k] * x[k, n] for k in range(len(x)))
    return y


def dense_backward(x, weight, dy):
    dx, dweight, dbias = np.zeros_like(x), np.zeros_like(weight), np.zeros(len(weight), x.dtype)
    for o, n in np.ndindex(dy.shape):
        dbias[o] += dy[o, n]
        for k in range(len(x)):
            dweight[o, k] += dy[o, n] * x[k, n]
            dx[k, n] += weight[o, k] * dy[o, n]
    return dx, dweight, dbias


def cross_entropy(logits, labels):
    """Return each image's -log softmax(logits)[label], one image at a time."""
    losses = []
    for n, label in enumerate(labels):
        e = [np.exp(z - max(logits[:, n])) for z in logits[:, n]]
        losses.append(-np.log(e[label] / sum(e)))
    return np.array(losses)


def adam(theta, gradients, alpha, beta1, beta2, epsilon):
    """Algorithm 1 of the paper, one value at a time; return theta after a step for each of `gradients`."""
    theta = list(map(float, theta))
    m, v = [0.0] * len(theta), [0.0] * len(theta)
    for t, g in enumerate(gradients, start=1):
        for k in range(len(theta)):
            m[k] = beta1 * m[k] + (1 - beta1) * g[k]
            v[k] = beta2 * v[k] + (1 - beta2) * g[k] ** 2
            m_hat, v_hat = m[k] / (1 - beta1**t), v[k] / (1 - beta2**t)
            theta[k] -= alpha * m_hat / (np.sqrt(v_hat) + epsilon)
    return np.array(theta)
