"""Definitions with formulas, for the popovers. Symbols: x image, z latent code, N images, D units; all in nats."""

CONCEPTS: dict[str, str] = {
    "ELBO": r"""The evidence lower bound on $\log p(x)$, nats per image. Training raises it.
$$
\begin{aligned}
\log p(x) \ge{} & \underbrace{\mathbb{E}_{q(z|x)}[\log p(x|z)]}_{-\text{distortion}} \\
& - \underbrace{\mathrm{KL}(q(z|x)\,\|\,p(z))}_{\text{rate}}
\end{aligned}
$$
Summed over pixels and units, averaged over images. Kingma & Welling 2014 (arXiv 1312.6114).""",
    "KL per unit": r"""The KL from the posterior of unit $j$ to the standard normal, in nats: how much information the unit
carries about an image.
$$\mathrm{KL}_j = \tfrac12\left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right)$$
If its average is near 0, the unit is inactive.""",
    "active units": r"""Units whose posterior mean changes with the image; the other units are inactive.
$$\mathrm{Var}_x\big(\mathbb{E}_{q(z|x)}[z_j]\big) > 0.01$$
This is a property of a whole dataset, not of one image. Burda et al. 2016 (arXiv 1509.00519).""",
    "aggregate posterior": r"""The distribution of the latent codes of all images together.
$$q(z) = \frac1N \sum_{n=1}^N q(z|x_n)$$
A *hole* is a place where the prior draws but $q(z)$ is small: the decoder was never trained there.""",
    "PCA": r"""Principal component analysis: the plane along which the latent codes vary most. Straight lines stay straight, and
each point of the plane belongs to exactly one latent code:
$$z = \bar z + x\,v_1 + y\,v_2, \qquad \text{share}_i = \lambda_i \Big/ \sum_j \lambda_j$$""",
    "UMAP": r"""A map that keeps neighbours together as well as possible. Distances between groups, their sizes and the axes
mean nothing, and a point of the map does not belong to a latent code. *Neighbours* is the size of the neighbourhoods, *minimal
distance* how close points may lie to each other. McInnes et al. 2018 (arXiv 1802.03426).""",
    "trustworthiness": r"""Are neighbours on the map neighbours in the latent space? 1 is best; for noise it is near ½.
$$T(k) = 1 - \frac{2}{nk(2n-3k-1)} \sum_{i} \sum_{j \in U_k(i)} \big(r(i,j) - k\big)$$
$U_k(i)$: neighbours of $i$ on the map that are not among its $k$ nearest latent codes; $r$: their rank by latent code.
$k = 15$, at most 2,000 points. Venna & Kaski 2001.""",
    "attribute vector": r"""The mean latent code of a group minus that of all other images.
$$v_a = \overline{\mu}_{\,a} - \overline{\mu}_{\,\text{not } a}, \qquad z' = z + s\,v_a$$
Larsen et al. 2016 (arXiv 1512.09300).""",
    "traversal": r"""One unit changes, all others stay: $z' = z + (v - z_j)\,e_j$ for $v$ from −3 to 3 prior σ. The change in
the image is what the unit means *at this latent code*.""",
    "mutual information": r"""How much information unit $j$ carries about factor $v_k$, in nats. Each unit is divided into 20
bins of equal width.
$$I(z_j; v_k) = \sum_{b, v} p(b, v) \log \frac{p(b, v)}{p(b)\,p(v)}$$""",
    "MIG": r"""Mutual information gap: the difference between the best and the second-best unit of each factor, averaged over
the factors.
$$\mathrm{MIG} = \frac1K \sum_k \frac{I_{(1),k} - I_{(2),k}}{H(v_k)}$$
Chen et al. 2018 (arXiv 1802.04942).""",
    "reconstruction": r"""The image encoded and decoded again: $\hat x = \mathbb{E}[x|z]$ with $z = \mu(x)$, or with
$z = \mu + t\,\sigma\,\varepsilon$, $\varepsilon \sim \mathcal N(0, I)$. At $t = 1$, $z$ is a sample of $q(z|x)$.""",
    "inpainting": r"""The model fills in missing pixels: encode, decode, put the known pixels back, and repeat until nothing
changes.
$$x_{t+1} = m \odot x + (1 - m) \odot \mathbb{E}[x \mid z = \mu(x_t)]$$
Rezende et al. 2014 (arXiv 1401.4082), but with the mean instead of a sample.""",
    "rate–distortion": r"""Each model is a point with its rate $R$ (the KL) and its distortion $D$ (the mean of $-\log p(x|z)$),
in nats. All points on a dotted line have the same ELBO.
$$-\mathrm{ELBO} = D + R, \qquad L_\beta = D + \beta R$$
Training with β ends at the point where the curve has the slope −β. Alemi et al. 2018 (arXiv 1711.00464).""",
    "matched units": r"""The units of a model have no order. So the units of two models are paired such that the sum of
$|\mathrm{corr}(\mu^A_i, \mu^B_j)|$ over the same images is largest (Hungarian assignment; Kuhn 1955).""",
    "condition": r"""Encoder and decoder both get the label $y$, so the latent code only has to encode the rest: the style.
$$
\begin{aligned}
\log p(x|y) \ge{} & \mathbb{E}_{q(z|x,y)}[\log p(x|z,y)] \\
& - \mathrm{KL}(q(z|x,y)\,\|\,p(z))
\end{aligned}
$$
Sohn et al. 2015.""",
    "temperature": r"""$z = \tau\,\varepsilon$, $\varepsilon \sim \mathcal N(0, I)$. $\tau = 1$ is the prior. With a smaller
$\tau$, images are more typical and more alike; with a larger one, less typical.""",
    "leak probe": r"""Can a linear classifier read $y$ from $\mu(x, y)$? Its accuracy on held-out images is compared with
chance, the share of the most frequent class. At chance, the latent code carries no linear information about $y$; nonlinear
information is possible.""",
    "reparameterization": r"""A random draw, written as a function of the parameters and of noise that does not depend on them:
$$
\begin{aligned}
z &= \mu + \sigma\,\varepsilon, \quad \varepsilon \sim \mathcal N(0, I) \\
\nabla_{\mu,\sigma}\,\mathbb{E}_q[f(z)] &= \mathbb{E}_\varepsilon[\nabla_{\mu,\sigma} f(\mu + \sigma\varepsilon)]
\end{aligned}
$$
Kingma & Welling 2014 (arXiv 1312.6114); Rezende et al. 2014 (arXiv 1401.4082).""",
}
