"""Compare this project's training with a common training loop, and measure ten seconds of training; prints the README's tables.

    python benchmarks/training.py            # about six minutes on two cores

MNIST is read from $LATENT_EXPLORER_DATA, else from data/. The common loop is that of most public VAE code: a Dataset
that makes a PIL image and a float tensor of each image, a DataLoader, sigmoid and binary cross-entropy, Adam; same network,
same batch. Variants alternate, round by round; ratios are medians, because absolute numbers depend on the machine.
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode
from torchvision.transforms.functional import to_tensor

from vae_core import TrainConfig, load_dataset, train
from vae_core.config import TrainConfig as Config
from vae_core.evaluation.likelihood.elbo import measure_elbo
from vae_core.parts.networks import Network
from vae_core.training.presets import live_preset
from vae_core.vae import VAE


class Images(Dataset):
    """Images as torchvision's MNIST returns them: bytes → PIL → float tensor, one image at a time."""

    def __init__(self, images):
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int):
        return to_tensor(Image.fromarray(self.images[i, 0]))


def default_network(network: Network, shape, latent_dim: int) -> VAE:
    """Build the same modules with PyTorch's default initialization."""
    return VAE(Config(network=network, latent_dim=latent_dim), shape)


def plain_loss(vae: VAE, x: torch.Tensor) -> torch.Tensor:
    """Sum over pixels of the cross-entropy of sigmoids, plus KL; mean over the batch."""
    q = vae.encoder(x)
    image = torch.sigmoid(vae.decoder(q.sample()))
    return F.binary_cross_entropy(image, x, reduction="sum") / len(x) + q.kl().sum(1).mean()


class UsualLoop:
    """The common loop: Dataset + DataLoader + ToTensor + sigmoid + BCE + Adam, one step per call."""

    def __init__(self, network: Network, data, batch: int, latent_dim: int, learning_rate: float = 1e-3):
        self.vae = default_network(network, data.shape, latent_dim).to(memory_format=torch.contiguous_format)
        self.optimizer = torch.optim.Adam(self.vae.parameters(), lr=learning_rate)
        self.loader = DataLoader(Images(data.images), batch, shuffle=True, drop_last=True)
        self.batches = iter(self.loader)

    def advance(self) -> None:
        try:
            x = next(self.batches)
        except StopIteration:
            self.batches = iter(self.loader)
            x = next(self.batches)
        self.optimizer.zero_grad()
        plain_loss(self.vae, x).backward()
        self.optimizer.step()


def images_per_second(step, batch: int, seconds: float) -> float:
    """Measure the throughput over at least ``seconds``, after three warm-up steps."""
    for _ in range(3):
        step()
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        step()
        done += batch
    return done / (time.perf_counter() - started)


def matmul_peak() -> float:
    """FLOP/s of a 2048³ product in float32, the best of ten."""
    a = torch.randn(2048, 2048)
    times = []
    for _ in range(10):
        started = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - started)
    return 2 * 2048**3 / min(times)


def flops_per_image(vae: VAE, shape, batch: int) -> float:
    with FlopCounterMode(display=False) as counter:
        plain_loss(vae, torch.rand(batch, *shape)).backward()
    return counter.get_total_flops() / batch


def throughput(data, rounds: int, seconds: float) -> None:
    print("\n| network, batch 128 | usual loop, images/s | here, images/s | ratio | of the matmul peak |")
    print("|---|---|---|---|---|")
    for name in ("mlp", "conv"):
        same = {
            "batch_size": 128,
            "learning_rate": 1e-3,
            "ema": 0.0,
            "clip_norm": None,
        }  # features that the common loop does not have are off
        config = TrainConfig(dataset="mnist", network=name, latent_dim=20, n_steps=10**6, **same)
        here = train(config, data, device="cpu", measure_every=10**6)
        usual = UsualLoop(config.network, data, 128, 20)
        rates = {"usual": [], "here": []}
        for _ in range(rounds):
            rates["usual"].append(images_per_second(usual.advance, 128, seconds))
            rates["here"].append(images_per_second(here.advance, 128, seconds))
        old, new = (statistics.median(r) for r in rates.values())
        ratio = statistics.median(b / a for a, b in zip(*rates.values()))
        share = new * flops_per_image(default_network(config.network, data.shape, 20), data.shape, 128) / matmul_peak()
        print(f"| {name} | {old:,.0f} | {new:,.0f} | {ratio:.2f} | {share:.0%} |", flush=True)


def ten_seconds(data, test, rounds: int, seconds: float = 10.0) -> None:
    print(
        f"\n| {seconds:.0f} s of training, {len(data):,} images | test ELBO, nats (median of {rounds}) | all |\n|---|---|---|"
    )
    images = torch.from_numpy(test.subset(2000).images)
    results = {"the live preset": [], "plain: Adam 1e-3, batch 128, default initialization": []}
    for seed in range(rounds):
        warm = train(live_preset("mnist", data.shape, n_steps=10**6), data, device="cpu", measure_every=10**6)
        rate = images_per_second(warm.advance, 1, 1.5)
        config = live_preset("mnist", data.shape, n_steps=int(0.97 * rate * seconds), seed=seed)
        run = train(config, data, device="cpu", measure_every=10**6)
        started = time.perf_counter()
        while run.step < config.n_steps and time.perf_counter() - started < seconds:
            run.advance()
        results["the live preset"].append(measure_elbo(run.averaged, images).elbo)

        torch.manual_seed(seed)
        plain = UsualLoop(config.network, data, 128, config.latent_dim)
        started = time.perf_counter()
        while time.perf_counter() - started < seconds:
            plain.advance()
        results["plain: Adam 1e-3, batch 128, default initialization"].append(measure_elbo(plain.vae, images).elbo)
    for name, values in results.items():
        print(f"| {name} | {statistics.median(values):.1f} | {', '.join(f'{v:.1f}' for v in values)} |", flush=True)


def options(data, test, steps: int = 1200, rounds: int = 3) -> None:
    """Measure the effect of each option of the preset, after the same number of steps."""
    print(f"\n| the live preset, {steps:,} steps | test ELBO, nats (median of {rounds}) | seconds |\n|---|---|---|")
    images = torch.from_numpy(test.subset(2000).images)
    changes = {
        "as it is": {},
        "without averaged weights (ema 0)": {"ema": 0.0},
        "constant learning rate instead of the cosine": {"decay": "constant"},
        "without warm-up": {"warmup_steps": 0},
    }
    for name, change in changes.items():
        elbos, seconds = [], []
        for seed in range(rounds):
            run = train(
                live_preset("mnist", data.shape, n_steps=steps, seed=seed, **change), data, device="cpu", measure_every=10**6
            )
            for _ in run:
                pass
            elbos.append(measure_elbo(run.averaged, images).elbo)
            seconds.append(run.seconds)
        print(f"| {name} | {statistics.median(elbos):.1f} | {statistics.median(seconds):.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each variant in each round")
    args = parser.parse_args()
    data, test = load_dataset("mnist", split="train"), load_dataset("mnist", split="test")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {len(data):,} MNIST training images")
    throughput(data, args.rounds, args.seconds)
    ten_seconds(data, test, rounds=3)
    options(data, test)


if __name__ == "__main__":
    main()
