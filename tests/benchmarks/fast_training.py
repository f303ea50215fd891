"""The training of lesson 11 in PyTorch, for a GPU that TensorFlow does not see: how the networks that ship were made.

    python -m tests.benchmarks.fast_training great_wave --photos FOLDER --output great_wave.npz

The same network, crops, loss and schedule as `course_utils.fast.Training`, with its crops, first weights and file
format; `--check` computes the loss of one crop by both. Each painting took 3100 steps of four crops: 257 s on an
NVIDIA H200 that trained six at a time; on two CPU cores it would take about two hours. It needs PyTorch in an
environment of its own, as `tests.benchmarks.race` does.
"""

import argparse
import hashlib
import sys
import time
from dataclasses import asdict

import numpy as np
import torch
from torch.nn import functional

from course_utils.cli.arguments import pictures_in
from course_utils.fast import FORMAT, FastStyle, share_of_rate
from course_utils.feedforward import draw_crops, initial_weights
from course_utils.feedforward.network import BLOCKS, EPSILON
from course_utils.feedforward.objective import CONTENT, OUTSIDE, SAMPLE, STYLE
from course_utils.images import load_image
from course_utils.networks.weights import vgg19_weights_path
from course_utils.options import TrainingOptions
from course_utils.storage import write_tree

VGG = [(block, index) for block, depth in enumerate((2, 2, 4, 4, 1), 1) for index in range(1, depth + 1)]
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def vgg19() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Return kernels and biases by the papers' names."""
    with np.load(vgg19_weights_path(), allow_pickle=False) as file:
        parts = {}
        for block, index in VGG:
            codes, table, bias = (file[f"block{block}_conv{index}/{part}"] for part in ("codes", "table", "bias"))
            parts[f"conv{block}_{index}"] = on_device(table[codes].transpose(3, 2, 0, 1)), on_device(bias)
    return parts


def on_device(array: np.ndarray) -> torch.Tensor:
    """Return a float32 tensor."""
    return torch.from_numpy(np.array(array, np.float32)).to(DEVICE)


def features(x: torch.Tensor, trunk: dict) -> dict[str, torch.Tensor]:
    """Compute the maps of the style layers and the content layer, with mirrored borders."""
    x = x.flip(1) * 255 - on_device(np.array([103.939, 116.779, 123.68]).reshape(1, 3, 1, 1))
    maps = {}
    for block, index in VGG:
        name = f"conv{block}_{index}"
        if index == 1 and block > 1:
            x = functional.max_pool2d(x, 2)
        x = functional.relu(functional.conv2d(functional.pad(x, (1, 1, 1, 1), mode="replicate"), *trunk[name]))
        if name in STYLE or name == CONTENT:
            maps[name] = x
    return maps


def grams(F: torch.Tensor) -> torch.Tensor:
    """Compute the Gram matrix of each picture in a batch."""
    F = F.flatten(2)
    return F @ F.transpose(1, 2) / F.shape[2]


def transform(x: torch.Tensor, W: dict[str, torch.Tensor], painting: int | None = None) -> torch.Tensor:
    """Compute f_W as `feedforward.transform`, for a batch: place k's painting is k, unless one is named for all."""

    def layer(name: str, maps: torch.Tensor, stride: int = 1) -> torch.Tensor:
        y = functional.conv2d(functional.pad(maps, (1, 1, 1, 1), mode="reflect"), W[f"{name}/kernel"], stride=stride)
        y = functional.instance_norm(y, eps=EPSILON)
        chosen = slice(None) if painting is None else slice(painting, painting + 1)
        scale, shift = (W[f"{name}/{part}"][chosen, :, None, None] for part in ("scale", "shift"))
        return y * scale + shift

    def twice(maps: torch.Tensor) -> torch.Tensor:
        return functional.interpolate(maps, scale_factor=2, mode="nearest")

    half = layer("down1", layer("in", 4 * (x - 0.5)).relu(), 2).relu()
    quarter = layer("down2", half, 2).relu()
    for n in range(1, BLOCKS + 1):
        quarter = quarter + layer(f"block{n}b", layer(f"block{n}a", quarter).relu())
    full = layer("up2", twice(half + layer("up1", twice(quarter)).relu())).relu()
    y = functional.conv2d(functional.pad(full, (1, 1, 1, 1), mode="reflect"), W["out/kernel"], W["out/bias"])
    return 0.5 + 0.25 * y


class Loss:
    """The perceptual loss, as `feedforward.PerceptualLoss`, of a batch."""

    def __init__(self, paintings: list[np.ndarray], crops: torch.Tensor, options: TrainingOptions) -> None:
        """Compute the targets and the units."""
        self.trunk, self.options = vgg19(), options
        with torch.no_grad():
            each = [features(on_device(picture.transpose(0, 3, 1, 2)), self.trunk) for picture in paintings]
            self.A = {layer: torch.cat([grams(maps[layer]) for maps in each]) for layer in STYLE}
            energy, distances = [], {layer: [] for layer in STYLE}
            for crop in crops[:SAMPLE]:
                maps = features(crop[None].float() / 255, self.trunk)
                energy.append(maps[CONTENT].square().mean())
                for layer, A in self.A.items():
                    distances[layer].append((grams(maps[layer]) - A).square().sum((1, 2)))
        self.energy = torch.stack(energy).mean()
        self.units = {layer: torch.stack(values).mean(0) for layer, values in distances.items()}

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return what is minimised, and the terms."""
        with torch.no_grad():
            P = features(x, self.trunk)[CONTENT]
        maps = features(y, self.trunk)
        content = (maps[CONTENT] - P).square().mean() / self.energy
        r = {
            layer: ((grams(maps[layer]) - A).square().sum((1, 2)) / self.units[layer]).mean()
            for layer, A in self.A.items()
        }
        style = sum(w * r[layer] for layer, w in STYLE.items())
        tv = (y[:, :, 1:] - y[:, :, :-1]).square().mean() + (y[:, :, :, 1:] - y[:, :, :, :-1]).square().mean()
        total = self.options.alpha * content + self.options.beta * style + self.options.tv * tv
        outside = (y - y.clamp(0, 1)).square().mean()
        return total + OUTSIDE * outside, {"total": total, "content": content, "style": style, "tv": tv, **r}


def train(W: dict[str, torch.Tensor], loss: Loss, crops: torch.Tensor, options: TrainingOptions) -> dict[str, float]:
    """Take the steps; on a GPU one is recorded and replayed. Return the mean terms of the last steps."""
    rate = torch.tensor(options.learning_rate, device=DEVICE)
    optimizer = torch.optim.Adam(W.values(), rate, betas=(0.9, 0.99), eps=1e-8, capturable=DEVICE == "cuda")
    x = torch.empty((options.batch, *crops.shape[1:]), device=DEVICE)
    for each in W.values():
        each.grad = torch.zeros_like(each)

    def step() -> dict[str, torch.Tensor]:
        optimizer.zero_grad(set_to_none=False)
        value, terms = loss(x, transform(x, W))
        value.backward()
        optimizer.step()
        return terms

    def draw(index: int) -> None:
        drawn = np.random.default_rng([options.seed, 2, index]).integers(len(crops), size=options.batch)
        x.copy_(crops[torch.from_numpy(drawn).to(DEVICE)].float() / 255)

    if DEVICE == "cuda":
        with torch.cuda.stream(torch.cuda.Stream()):
            rate.zero_()  # what is done to record a step must not train
            for _ in range(3):
                draw(0)
                step()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            recorded = step()
        step = lambda: (graph.replay(), recorded)[1]  # noqa: E731
    mean: dict[str, float] = {}
    for index in range(options.steps):
        rate.fill_(options.learning_rate * share_of_rate(index / options.steps))
        draw(index)
        terms = step()
        if index % 10 == 0 or index == options.steps - 1:
            now = {name: float(value) for name, value in terms.items()}
            mean = {name: 0.8 * mean.get(name, value) + 0.2 * value for name, value in now.items()}
        if index % 100 == 0:
            print(index, {name: round(value, 3) for name, value in mean.items()}, flush=True)
    return mean


def main() -> int:
    """Train and write the network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", nargs="+")
    parser.add_argument("--photos", nargs="+", required=True)
    parser.add_argument("--output", default="network.npz")
    parser.add_argument("--steps", type=int, default=TrainingOptions().steps)
    parser.add_argument("--crops", type=int, default=600)
    parser.add_argument("--crop", type=int, default=TrainingOptions().crop)
    parser.add_argument("--check", action="store_true", help="compare the loss of one crop with TensorFlow's, and end")
    parsed = parser.parse_args()
    batch = TrainingOptions().batch if len(parsed.paintings) == 1 else len(parsed.paintings)
    options = TrainingOptions(steps=parsed.steps, crops=parsed.crops, crop=parsed.crop, batch=batch)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
    began = time.perf_counter()
    files = [path for source in parsed.photos for path in pictures_in(source)]
    drawn = draw_crops([load_image(path) for path in files], options.crops, options.crop, options.seed)
    paintings = [load_image(each, shortest=options.crop) for each in parsed.paintings]
    crops = torch.from_numpy(np.ascontiguousarray(drawn.transpose(0, 3, 1, 2))).to(DEVICE)
    first = initial_weights(len(paintings), options.seed)
    W = {name: on_device(as_torch(name, each)).requires_grad_() for name, each in first.items()}
    loss = Loss(paintings, crops, options)
    if parsed.check:
        return check(first, W, loss, crops, paintings, drawn, options)
    losses = train(W, loss, crops, options)
    recipe = {
        "options": asdict(options),
        "photos": [path.rpartition("/")[2] for path in files],
        "pictures": hashlib.sha256(drawn.tobytes()).hexdigest(),
        "steps": options.steps,
        "losses": losses,
        "seconds": round(time.perf_counter() - began, 1),
        "processor": torch.cuda.get_device_name() if DEVICE == "cuda" else "CPU",
    }
    weights = {name: as_ours(name, each.detach().cpu().numpy()).astype(np.float16) for name, each in W.items()}
    write_tree(parsed.output, {"format": FORMAT, "paintings": parsed.paintings, "weights": weights, "recipe": recipe})
    print(f"{parsed.output}: {FastStyle.load(parsed.output).recipe['losses']}")
    return 0


def as_torch(name: str, weight: np.ndarray) -> np.ndarray:
    """Put a kernel's axes into PyTorch's order: (out, in, height, width)."""
    return np.ascontiguousarray(weight.transpose(3, 2, 0, 1)) if name.endswith("kernel") else weight


def as_ours(name: str, weight: np.ndarray) -> np.ndarray:
    """Put them back: (height, width, in, out)."""
    return np.ascontiguousarray(weight.transpose(2, 3, 1, 0)) if name.endswith("kernel") else weight


def check(
    first: dict[str, np.ndarray],
    W: dict[str, torch.Tensor],
    loss: Loss,
    crops: torch.Tensor,
    paintings: list[np.ndarray],
    drawn: np.ndarray,
    options: TrainingOptions,
) -> int:
    """Print the terms of one crop by both programs."""
    from course_utils.device import tf
    from course_utils.feedforward import PerceptualLoss

    _, terms = loss(crops[:1].float() / 255, transform(crops[:1].float() / 255, W, 0))
    theirs = PerceptualLoss(paintings, drawn, options)
    losses, _ = theirs.losses_and_gradients({name: tf.constant(each) for name, each in first.items()}, 0, 0)
    whole = {name: getattr(losses, name) for name in ("total", "content", "style", "tv")}
    for name, value in {**whole, **losses.style_layers}.items():
        print(f"{name}: {float(terms[name]):.4f} by PyTorch, {float(value):.4f} by TensorFlow")
    return 0


if __name__ == "__main__":
    sys.exit(main())
