"""Writes sample.csv and expected.json with numpy, scipy and scikit-learn. See README.md."""
import json
import numpy as np
from scipy import optimize, special, stats
from sklearn import metrics
from statsmodels.stats.weightstats import DescrStatsW

rng = np.random.default_rng(20240531)
n = 240
x = rng.normal(-1.8, 1.1, n)
pd = np.clip(np.round(special.expit(x), 3), 0.001, 0.999)  # three decimals, so that ties occur
bad = (rng.random(n) < special.expit(0.2 + 0.85 * special.logit(pd))).astype(int)
weight = np.round(rng.choice([0.0, 0.5, 1.0, 2.0, 3.25], n), 2)
other = np.round(special.logit(pd) + rng.normal(0, 0.9, n), 1)  # a second score, higher is riskier
np.savetxt("sample.csv", np.c_[pd, bad, weight, other], fmt=["%.3f", "%d", "%.2f", "%.1f"], delimiter=",",
           header="pd,bad,weight,other_risk", comments="")


def line(p, y, w):
    z = special.logit(p)
    def nll(t): return np.sum(w * (np.logaddexp(0, t[0] + t[1] * z) - y * (t[0] + t[1] * z)))
    def grad(t):
        r = w * (special.expit(t[0] + t[1] * z) - y)
        return np.array([r.sum(), (r * z).sum()])
    def hess(t):
        q = special.expit(t[0] + t[1] * z)
        v = w * q * (1 - q)
        return np.array([[v.sum(), (v * z).sum()], [(v * z).sum(), (v * z * z).sum()]])
    t = optimize.minimize(nll, [0.0, 1.0], jac=grad, hess=hess, method="trust-exact", options={"gtol": 1e-12}).x
    t = t - np.linalg.solve(hess(t), grad(t))
    inv = np.linalg.inv(hess(t))
    e = w * (special.expit(t[0] + t[1] * z) - y)
    meat = np.array([[np.sum(e * e), np.sum(e * e * z)], [np.sum(e * e * z), np.sum(e * e * z * z)]])
    return t, np.sqrt(np.diag(inv)), np.sqrt(np.diag(inv @ meat @ inv))


def placements(risk):
    b, g = risk[bad == 1], risk[bad == 0]
    psi = (b[:, None] > g[None, :]) + 0.5 * (b[:, None] == g[None, :])
    return psi.mean(), psi.mean(1), psi.mean(0)


def delong(risk):
    a, v10, v01 = placements(risk)
    return a, v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)


def paired(r1, r2):
    a1, p1, q1 = placements(r1)
    a2, p2, q2 = placements(r2)
    s = np.cov(p1, p2) / len(p1) + np.cov(q1, q2) / len(q1)
    return a1 - a2, (a1 - a2) / np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])


def bins(k):
    return np.array_split(np.argsort(pd, kind="stable"), k)


ece = sum(len(i) * abs(pd[i].mean() - bad[i].mean()) for i in bins(10)) / n
hl = sum((bad[i].sum() - pd[i].sum()) ** 2 / (len(i) * pd[i].mean() * (1 - pd[i].mean())) for i in bins(10))
sp = np.sum((bad - pd) * (1 - 2 * pd)) / np.sqrt(np.sum((1 - 2 * pd) ** 2 * pd * (1 - pd)))
(a, b), se, _ = line(pd, bad, np.ones(n))
wn = weight / weight[weight > 0].mean()
(wa, wb), _, wse = line(pd, bad, wn)
auc, var = delong(pd)
diff, z = paired(pd, other)
offset = optimize.brentq(lambda t: np.sum(special.expit(t + special.logit(pd)) - bad), -5, 5, xtol=1e-15)
# What each row loses, by a second PD that is made of the second score; its mean is tested against 0 by statsmodels.
other_pd = special.expit(other)
log_d = DescrStatsW(np.array([metrics.log_loss([y], [p], labels=[0, 1]) - metrics.log_loss([y], [q], labels=[0, 1])
                              for y, p, q in zip(bad, pd, other_pd)]))
brier_d = DescrStatsW((pd - bad) ** 2 - (other_pd - bad) ** 2)
out = {
    "auc": metrics.roc_auc_score(bad, pd), "auc_variance": var,
    "auc_weighted": metrics.roc_auc_score(bad, pd, sample_weight=weight),
    "ks": stats.ks_2samp(pd[bad == 1], pd[bad == 0]).statistic,
    "brier": metrics.brier_score_loss(bad, pd),
    "brier_weighted": metrics.brier_score_loss(bad, pd, sample_weight=weight),
    "log_loss": metrics.log_loss(bad, pd),
    "log_loss_weighted": metrics.log_loss(bad, pd, sample_weight=weight),
    "ece": ece, "slope": b, "slope_se": se[1], "intercept": a, "intercept_se": se[0],
    "slope_weighted": wb, "slope_se_weighted": wse[1], "intercept_weighted": wa, "intercept_se_weighted": wse[0],
    "offset_intercept": offset,
    "hosmer_lemeshow": hl, "hosmer_lemeshow_p_df10": stats.chi2.sf(hl, 10), "hosmer_lemeshow_p_df8": stats.chi2.sf(hl, 8),
    "spiegelhalter_z": sp, "spiegelhalter_p": 2 * stats.norm.sf(abs(sp)),
    "paired_difference": diff, "paired_z": z, "paired_p": 2 * stats.norm.sf(abs(z)),
    "paired_log_loss": log_d.mean, "paired_log_loss_z": log_d.ztest_mean()[0], "paired_log_loss_p": log_d.ztest_mean()[1],
    "paired_log_loss_lo": log_d.zconfint_mean(0.05)[0], "paired_log_loss_hi": log_d.zconfint_mean(0.05)[1],
    "paired_brier": brier_d.mean, "paired_brier_z": brier_d.ztest_mean()[0], "paired_brier_p": brier_d.ztest_mean()[1],
    "binomial_1000_10_0.007": stats.binom.sf(9, 1000, 0.007), "binomial_50_0_0.02": 1.0,
    "jeffreys_250000_3100_0.012": stats.beta.cdf(0.012, 3100.5, 250000 - 3100 + 0.5),
    "jeffreys_1_1_0.5": stats.beta.cdf(0.5, 1.5, 0.5),
}
json.dump({k: float(v) for k, v in out.items()}, open("expected.json", "w"), indent=2)
