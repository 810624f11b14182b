"""Golden numbers of logistic regression: a plain Newton in 80-bit floats, checked against scikit-learn. See README.md.

    make.py [--out DIR]      writes plain.csv, separated.csv, quasi_separated.csv and logistic.json
"""
import argparse
import importlib.metadata
import json
import math
import warnings
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from sklearn.linear_model import LogisticRegression

REAL = np.longdouble


# ---- the reference ----

def solve(a, b):
    """a x = b for a positive definite `a`, by Cholesky; b may have several columns."""
    n = len(a)
    c = np.zeros((n, n), REAL)
    for i in range(n):
        for j in range(i + 1):
            v = a[i, j] - (c[i, :j] * c[j, :j]).sum()
            c[i, j] = np.sqrt(v) if i == j else v / c[j, j]
    x = np.array(b, REAL)
    for i in range(n):
        x[i] = (x[i] - c[i, :i] @ x[:i]) / c[i, i]
    for i in reversed(range(n)):
        x[i] = (x[i] - c[i + 1:, i] @ x[i + 1:]) / c[i, i]
    return x


def log_likelihood(x, y, w, beta):
    margin = np.where(y == 1, 1, -1) * (x @ beta)
    return -(w * np.logaddexp(REAL(0), -margin)).sum()


def newton(x, y, w, l2):
    """Minimises -log likelihood + l2 / 2 * sum of squares of all coefficients but the intercept (column 0)."""
    beta, ridge = np.zeros(x.shape[1], REAL), np.full(x.shape[1], l2, REAL)
    ridge[0] = 0
    loss = lambda b: -log_likelihood(x, y, w, b) + (ridge * b * b).sum() / 2
    for _ in range(100):
        p = 1 / (1 + np.exp(-(x @ beta)))
        gradient = x.T @ (w * (p - y)) + ridge * beta
        hessian = (x.T * (w * p * (1 - p))) @ x + np.diag(ridge)
        if abs(gradient).max() < 1e-15 * w.sum():
            return beta, solve(hessian, np.eye(len(beta)))
        step, share = solve(hessian, gradient), REAL(1)
        while share > 1e-6 and loss(beta - share * step) > loss(beta):
            share /= 2
        beta = beta - share * step
    raise ArithmeticError("newton did not converge")


def fit(x, y, w, l2):
    one = np.column_stack([np.ones(len(x)), x]).astype(REAL)
    y, w = y.astype(REAL), w.astype(REAL)
    beta, inverse = newton(one, y, w, REAL(l2))
    se = np.sqrt(np.diag(inverse))
    share = (w * y).sum() / w.sum()
    null = w.sum() * (share * np.log(share) + (1 - share) * np.log(1 - share))
    check_with_sklearn(x, y.astype(int), w.astype(float), l2, beta, se)
    ll = log_likelihood(one, y, w, beta)
    return {"l2": l2, "estimate": [float(v) for v in beta], "standard_error": [float(v) for v in se],
            "z": [float(v) for v in beta / se],
            "p_value": [math.erfc(abs(float(v)) / math.sqrt(2)) for v in beta / se],
            "log_likelihood": float(ll), "null_log_likelihood": float(null),
            "objective": float(-ll + l2 * (beta[1:] ** 2).sum() / 2)}


def check_with_sklearn(x, y, w, l2, beta, se):
    m = LogisticRegression(C=1 / l2 if l2 else np.inf, solver="newton-cholesky", tol=1e-10, max_iter=200)
    m.fit(x, y, sample_weight=w)
    other = np.concatenate([m.intercept_, m.coef_[0]])
    assert np.allclose(other, beta.astype(float), rtol=1e-8, atol=1e-10), other - beta
    one = np.column_stack([np.ones(len(x)), x])
    p = m.predict_proba(x)[:, 1]
    hessian = (one.T * (w * p * (1 - p))) @ one + l2 * np.diag([0.0] + [1.0] * x.shape[1])
    assert np.allclose(np.sqrt(np.diag(np.linalg.inv(hessian))), se.astype(float), rtol=1e-8)


def separation(x, y):
    """`complete`, `quasi` or `none`, by two linear programs (Albert and Anderson 1984)."""
    signed = np.where(y == 1, 1.0, -1.0)[:, None] * np.column_stack([np.ones(len(x)), x])
    n, k = signed.shape
    largest_margin = linprog([0] * k + [-1], A_ub=np.column_stack([-signed, np.ones(n)]), b_ub=np.zeros(n),
                             bounds=[(-1, 1)] * k + [(None, 1)])
    if -largest_margin.fun > 1e-9:
        return "complete"
    sum_of_margins = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(n), bounds=[(-1, 1)] * k)
    return "quasi" if -sum_of_margins.fun > 1e-9 else "none"


# ---- the data ----

def plain(rng, n=400):
    """Two continuous columns that are correlated, a WoE-like column of six values, a flag, and large values."""
    a = rng.standard_normal(n)
    b = 0.6 * a + 0.8 * rng.standard_normal(n)
    woe = rng.choice([-1.25, -0.5, -0.125, 0.25, 0.75, 1.5], n)
    flag = (rng.random(n) < 0.2).astype(float)
    large = rng.gamma(2.0, 500.0, n)
    p = 1 / (1 + np.exp(-(-1.2 + 0.7 * a - 0.4 * b - 0.9 * woe + 0.5 * flag + 0.0004 * large)))
    return np.column_stack([a, b, woe, flag, large]), (rng.random(n) < p).astype(int), rng.uniform(0.2, 3.0, n)


def separated(rng, n=60):
    """The sign of x0 + x1 - 0.3, at least 0.2 away from 0, is the outcome."""
    x = rng.standard_normal((4 * n, 2))
    side = x.sum(axis=1) - 0.3
    x, side = x[abs(side) > 0.2][:n], side[abs(side) > 0.2][:n]
    return x, (side > 0).astype(int), rng.uniform(0.2, 3.0, n)


def quasi_separated(rng, n=80):
    """Rows with x0 = 1 are all bad; rows with x0 = 0 are mixed and follow x1."""
    flag = np.repeat([0.0, 1.0], [n - 20, 20])
    x1 = rng.standard_normal(n)
    y = (rng.random(n) < 1 / (1 + np.exp(0.5 - x1))).astype(int)
    y[flag == 1] = 1
    return np.column_stack([flag, x1]), y, rng.uniform(0.2, 3.0, n)


def write_csv(path, x, y, w):
    head = [f"x{j}" for j in range(x.shape[1])] + ["weight", "bad"]
    rows = [",".join([*(repr(float(v)) for v in r), repr(float(q)), str(int(t))]) for r, q, t in zip(x, w, y)]
    path.write_text("\n".join([",".join(head), *rows, ""]))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    out = p.parse_args().out
    warnings.filterwarnings("ignore")
    assert np.finfo(REAL).eps < 1e-18, "needs 80-bit long doubles"
    rng = np.random.default_rng(20240601)
    sets = {}
    for make, expected in ((plain, "none"), (separated, "complete"), (quasi_separated, "quasi")):
        x, y, w = make(rng)
        write_csv(out / f"{make.__name__}.csv", x, y, w)
        found = separation(x, y)
        assert found == expected, (make.__name__, found)
        cases = [{"weighted": weighted, **fit(x, y, w if weighted else np.ones(len(y)), l2)}
                 for weighted in (False, True) for l2 in ((0.0, 0.5) if found == "none" else (0.5,))]
        sets[make.__name__] = {"file": f"{make.__name__}.csv", "rows": len(y), "bads": int(y.sum()), "separation": found,
                               "parameters": ["intercept"] + [f"x{j}" for j in range(x.shape[1])], "cases": cases}
        if found != "none":  # what the log-likelihood tends to without a penalty
            rest = x[:, 0] == 0
            sets[make.__name__]["log_likelihood_supremum"] = [
                0.0 if found == "complete" else fit(x[rest][:, 1:], y[rest], v[rest], 0.0)["log_likelihood"]
                for v in (np.ones(len(y)), w)]
    made_with = {n: importlib.metadata.version(n) for n in ("numpy", "scipy", "scikit-learn")}
    (out / "logistic.json").write_text(json.dumps({"made_with": made_with, "sets": sets}, indent=1) + "\n")


if __name__ == "__main__":
    main()
