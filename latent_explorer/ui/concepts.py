"""Each concept in a few lines with its formula, for the popovers; symbols: x image, z code, N images, D units, nats."""

CONCEPTS: dict[str, str] = {
    "ELBO": r"""The evidence lower bound, nats per image: what training raises.
$$
\begin{aligned}
\log p(x) \ge{} & \underbrace{\mathbb{E}_{q(z|x)}[\log p(x|z)]}_{-\text{distortion}} \\
& - \underbrace{\mathrm{KL}(q(z|x)\,\|\,p(z))}_{\text{rate}}
\end{aligned}
$$
Sums over pixels and units, means over images. Kingma & Welling 2014 (arXiv 1312.6114).""",
    "KL per unit": r"""How much unit $j$ says of an image, against the standard normal, in nats.
$$\mathrm{KL}_j = \tfrac12\left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right)$$
Near 0 on average: the unit is switched off.""",
    "active units": r"""Units whose posterior mean changes with the image.
$$\mathrm{Var}_x\big(\mathbb{E}_{q(z|x)}[z_j]\big) > 0.01$$
A statement about a data set, never about one image. Burda et al. 2016 (arXiv 1509.00519).""",
    "aggregate posterior": r"""Where the codes of all images lie together.
$$q(z) = \frac1N \sum_{n=1}^N q(z|x_n)$$
Samples of the prior that fall where $q(z)$ is thin, a *hole*, are decoded without practice.""",
    "PCA": r"""The plane on which the codes vary most; straight lines stay straight, and a point of the plane
is exactly one code:
$$z = \bar z + x\,v_1 + y\,v_2, \qquad \text{share}_i = \lambda_i \Big/ \sum_j \lambda_j$$""",
    "UMAP": r"""A drawing of neighbourhoods: near stays near, as far as it can. Distances between groups, their sizes and the
axes mean nothing, and no point of it belongs to a code. *Neighbours* sets how far it looks, *minimal distance* how tightly it
packs. McInnes et al. 2018 (arXiv 1802.03426).""",
    "trustworthiness": r"""Are neighbours on the map neighbours in the latent space? 1 is best, noise is near ½.
$$T(k) = 1 - \frac{2}{nk(2n-3k-1)} \sum_{i} \sum_{j \in U_k(i)} \big(r(i,j) - k\big)$$
$U_k(i)$: map neighbours of $i$ that are not among its $k$ nearest codes; $r$: their rank there. $k = 15$, at most 2,000 points.
Venna & Kaski 2001.""",
    "attribute vector": r"""What the mean code of one group has over that of the others.
$$v_a = \overline{\mu}_{\,a} - \overline{\mu}_{\,\text{not } a}, \qquad z' = z + s\,v_a$$
Larsen et al. 2016 (arXiv 1512.09300).""",
    "traversal": r"""One unit moves, all others stay: $z' = z + (v - z_j)\,e_j$ for $v$ from −3 to 3 prior σ.
What changes in the image
is what the unit means *here*.""",
    "mutual information": r"""What unit $j$ tells about factor $v_k$, nats; each unit in 20 bins of equal width.
$$I(z_j; v_k) = \sum_{b, v} p(b, v) \log \frac{p(b, v)}{p(b)\,p(v)}$$""",
    "MIG": r"""The gap between the best and the second-best unit of each factor.
$$\mathrm{MIG} = \frac1K \sum_k \frac{I_{(1),k} - I_{(2),k}}{H(v_k)}$$
Chen et al. 2018 (arXiv 1802.04942).""",
    "reconstruction": r"""The image through the code and back: $\hat x = \mathbb{E}[x|z]$ with $z = \mu(x)$, or with
$z = \mu + t\,\sigma\,\varepsilon$, $\varepsilon \sim \mathcal N(0, I)$. At $t = 1$ that is a sample of $q(z|x)$.""",
    "inpainting": r"""Missing pixels filled by the model: encode, decode, put the known pixels back, and
again, until nothing changes.
$$x_{t+1} = m \odot x + (1 - m) \odot \mathbb{E}[x \mid z = \mu(x_t)]$$
Rezende et al. 2014 (arXiv 1401.4082), with the mean instead of a sample.""",
    "rate–distortion": r"""Each model at its rate $R$ (the KL) and its distortion $D$ (mean $-\log p(x|z)$), nats; a dotted line
joins all points of one ELBO.
$$-\mathrm{ELBO} = D + R, \qquad L_\beta = D + \beta R$$
β chooses the point where the curve has slope −β. Alemi et al. 2018 (arXiv 1711.00464).""",
    "matched units": r"""Units carry no order, so those of two models are paired to maximize the sum of
$|\mathrm{corr}(\mu^A_i, \mu^B_j)|$ over the same images (Hungarian assignment; Kuhn 1955).""",
    "condition": r"""The label $y$ enters encoder and decoder, so the code is left with what it does not say: the style.
$$
\begin{aligned}
\log p(x|y) \ge{} & \mathbb{E}_{q(z|x,y)}[\log p(x|z,y)] \\
& - \mathrm{KL}(q(z|x,y)\,\|\,p(z))
\end{aligned}
$$
Sohn et al. 2015.""",
    "temperature": r"""$z = \tau\,\varepsilon$, $\varepsilon \sim \mathcal N(0, I)$. $\tau = 1$ is the prior;
below, images are more usual and
more alike; above, less usual.""",
    "leak probe": r"""Can a linear classifier tell $y$ from $\mu(x, y)$? Held-out accuracy, beside that of
the most frequent class. At
chance nothing is linearly there; that rules out no nonlinear trace.""",
    "reparameterization": r"""The draw written as a function of noise that has no parameters:
$$
\begin{aligned}
z &= \mu + \sigma\,\varepsilon, \quad \varepsilon \sim \mathcal N(0, I) \\
\nabla_{\mu,\sigma}\,\mathbb{E}_q[f(z)] &= \mathbb{E}_\varepsilon[\nabla_{\mu,\sigma} f(\mu + \sigma\varepsilon)]
\end{aligned}
$$
Kingma & Welling 2014 (arXiv 1312.6114); Rezende et al. 2014 (arXiv 1401.4082).""",
}
