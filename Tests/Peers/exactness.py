"""Compares this project's programs with PyTorch on real images, and prints a table.

    python Tests/Peers/exactness.py DATA [--image-size 128] [--epoch-images 1024]

DATA is a folder with Imagenette. Needs torch, torchvision, safetensors, numpy and Pillow, and the
programs built by `swift build -c release`; the project itself needs none of them. Weights are
random, pass as safetensors files in both directions, and every number compared comes from files
that the programs write. A distance is |ours - theirs| / |theirs|; two columns give the distances of
both from PyTorch in double precision.
"""

import argparse
import copy
import csv
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
import safetensors.torch
import torch
import torchvision
from torch import nn
from torchvision import datasets, transforms

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Fixtures"))
from make_network_fixtures import NotebookNet, torchvision_network  # noqa: E402

MEAN, STD = (0.4625, 0.4580, 0.4295), (0.2452, 0.2390, 0.2469)


def program(name, *words):
    """Runs one of the project's programs."""
    command = [str(ROOT / ".build" / "release" / name), *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}: {done.stderr}")


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def distance(ours, theirs):
    ours, theirs = (torch.as_tensor(t, dtype=torch.float64).flatten() for t in (ours, theirs))
    return ((ours - theirs).norm() / theirs.norm()).item()


def transform(size):
    return transforms.Compose(
        [
            transforms.Resize(round(256 * size / 224)),
            transforms.CenterCrop(size),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )


def folder(path, samples, classes):
    """A folder in Imagenette's layout with links to some images in both splits."""
    for split in ("train", "val"):
        for name in classes:
            (path / split / name).mkdir(parents=True)
        for source, label in samples:
            source = pathlib.Path(source).resolve()
            (path / split / classes[label] / source.name).symlink_to(source)
    return path


def load(path, size):
    data = datasets.ImageFolder(str(path), transform(size))
    return torch.stack([x for x, _ in data]), torch.tensor([y for _, y in data])


def randomize(network, seed):
    """Weights as the notebook draws them, with running statistics and affine parts of all sizes."""
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            nn.init.uniform_(module.bias, -0.1, 0.1)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.2, 0.2)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return network


def compare_logits(scratch, samples, classes, size, report):
    data = folder(scratch / "ten", samples, classes)
    images, _ = load(data / "val", size)
    networks = {
        f"notebook, norm {norm}, bypass {bypass}": (
            NotebookNet(norm == "batch", bypass), ["--bypass", bypass])
        for norm in ("none", "batch") for bypass in ("none", "simple", "complex")
    }
    networks |= {
        f"torchvision {version}": (torchvision_network(version, 10), [])
        for version in ("1_0", "1_1")
    }
    for seed, (name, (network, options)) in enumerate(networks.items()):
        randomize(network, seed).eval()
        safetensors.torch.save_file(network.state_dict(), scratch / "logits.safetensors")
        program(
            "squeezenet", "evaluate", "--weights", scratch / "logits.safetensors", "--data-path",
            data, "--image-size", size, "--logits", scratch / "logits.csv", *options)
        table = rows(scratch / "logits.csv")
        ours = [[float(row[f"logit_{c}"]) for c in range(10)] for row in table]
        with torch.no_grad():
            theirs = network(images)
            exact = network.double()(images.double())
        report(f"logits, {name}", ours, theirs, exact, 1e-5)


def train(network, images, labels, batch, epochs, rate, clip):
    """The recipe in PyTorch; the losses and gradient norms of all steps, and the epochs' losses."""
    network.train()
    parameters = list(network.parameters())
    optimizer = torch.optim.SGD(parameters, lr=rate, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs, eta_min=rate / 100)
    losses, norms, means = [], [], []
    for _ in range(epochs):
        first = len(losses)
        for start in range(0, len(images), batch):
            optimizer.zero_grad()
            logits = network(images[start : start + batch])
            loss = nn.functional.cross_entropy(logits, labels[start : start + batch])
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(parameters, clip or math.inf)
            optimizer.step()
            losses.append(loss.item())
            norms.append(norm.item())
        scheduler.step()
        means.append(sum(losses[first:]) / (len(losses) - first))
    return losses, norms, means


def run(scratch, name, data, network, size, batch, epochs, rate):
    """The recipe in one of the project's experiments: its weights, which must fit the network in
    every name, shape and type, and its rows."""
    safetensors.torch.save_file(network.state_dict(), scratch / "start.safetensors")
    program(
        f"experiment-{name}", "--profile", "quick", "--data-path", data, "--output-dir",
        scratch / "run", "--seed", 0, "--initial-weights", scratch / "start.safetensors", "--save-weights",
        scratch / "end.safetensors", "--augmentation", "none", "--shuffle", "off", "--log-steps",
        "--image-size", size, "--batch-size", batch, "--epochs", epochs, "--lr", rate, "--resume",
        "never", "--progress", "none")
    end = safetensors.torch.load_file(scratch / "end.safetensors")
    copy.deepcopy(network).load_state_dict(end, strict=True)
    return end, rows(scratch / "run" / "steps.csv"), rows(scratch / "run" / "metrics.csv")


def state(network):
    """The weights and running statistics in double precision, without the counters."""
    return {k: v.double() for k, v in network.state_dict().items() if "num_batches" not in k}


def joined(tensors, names):
    return torch.cat([tensors[k].flatten() for k in names])


def compare_gradients(scratch, data, name, clip, start, size, when, report):
    """One step at a rate so large that the change of the weights is the gradient."""
    rate = 1e4
    images, labels = load(data / "train", size)
    images, labels = images[::20], labels[::20]
    one = folder(
        scratch / "one", datasets.ImageFolder(str(data / "train")).samples[::20],
        sorted(path.name for path in (data / "train").iterdir()))
    ours, _, _ = run(scratch, name, one, start, size, len(images), 1, rate)
    shutil.rmtree(one)
    theirs, exact = copy.deepcopy(start), copy.deepcopy(start).double()
    train(theirs, images, labels, len(images), 1, rate, clip)
    train(exact, images.double(), labels, len(images), 1, rate, clip)
    before = state(start)
    tables = [{k: t[k].double() - before[k] for k in before if "running" not in k}
              for t in (ours, state(theirs), state(exact))]
    # Batch norm removes any constant, so the biases before it have no gradient.
    void = [k for k in tables[0] if name == "norm" and k.startswith(("conv1", "fire"))
            and k.endswith("conv2d.bias")]
    names = [k for k in tables[0] if k not in void]
    worst = max(names, key=lambda k: distance(tables[0][k], tables[1][k]))
    report(f"gradient of one step, {name}, {when}, all",
           *(joined(t, names) for t in tables), None)
    report(f"gradient of one step, {name}, {when}, worst tensor ({worst})",
           *(t[worst] for t in tables), 1e-4)
    if void:
        whole = joined(tables[2], names).norm()
        shares = [(joined(t, void).norm() / whole).item() for t in tables[:2]]
        print("| biases before batch norm, whose gradient is 0: share of the whole gradient "
              f"| | | {shares[0]:.1e} | {shares[1]:.1e} |", flush=True)


def compare_training(scratch, samples, classes, size, report):
    """Single steps from two sets of weights, and twenty steps, of 16 images each."""
    data = folder(scratch / "twenty", samples[:320], classes)
    images, labels = load(data / "train", size)
    for name, clip in (("no-norm", 1.0), ("norm", None)):
        start = randomize(NotebookNet(name == "norm", "simple"), 7)
        compare_gradients(scratch, data, name, clip, start, size, "random weights", report)
        ours, steps, _ = run(scratch, name, data, start, size, 16, 1, 0.01)
        theirs, exact = copy.deepcopy(start), copy.deepcopy(start).double()
        losses, norms, _ = train(theirs, images, labels, 16, 1, 0.01, clip)
        exact_losses, exact_norms, _ = train(exact, images.double(), labels, 16, 1, 0.01, clip)
        tables = ours, state(theirs), state(exact)
        names = list(tables[1])
        worst = max(names, key=lambda k: distance(ours[k], tables[1][k]))
        report(f"loss of the first step, {name}", [float(steps[0]["loss"])], losses[:1],
               exact_losses[:1], None)
        report(f"losses of {len(losses)} steps, {name}",
               [float(row["loss"]) for row in steps], losses, exact_losses, None)
        report(f"gradient norms of {len(losses)} steps, {name}",
               [float(row["gradient_norm"]) for row in steps], norms, exact_norms, None)
        report(f"weights after {len(losses)} steps, {name}, all",
               *(joined({k: t[k].double() for k in names}, names) for t in tables), 1e-4)
        report(f"weights after {len(losses)} steps, {name}, worst tensor ({worst})",
               *(t[worst] for t in tables), 1e-4)
        compare_gradients(scratch, data, name, clip, theirs, size, "trained weights", report)


def compare_epochs(scratch, samples, classes, size, report):
    data = folder(scratch / "epochs", samples, classes)
    images, labels = load(data / "train", size)
    for name, clip in (("no-norm", 1.0), ("norm", None)):
        start = randomize(NotebookNet(name == "norm", "simple"), 11)
        _, _, metrics = run(scratch, name, data, start, size, 128, 3, 0.01)
        exact = copy.deepcopy(start).double()
        _, _, means = train(start, images, labels, 128, 3, 0.01, clip)
        _, _, exact_means = train(exact, images.double(), labels, 128, 3, 0.01, clip)
        for row, mean, exact_mean in zip(metrics, means, exact_means):
            report(f"loss of epoch {row['epoch']}, {name}", [float(row["train_loss"])], [mean],
                   [exact_mean], 1e-3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--image-size", type=int, default=128)
    parser.add_argument("--epoch-images", type=int, default=1024)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    found = datasets.ImageFolder(str(arguments.data / "train"))
    # One image of each class in turn, so that the first few cover all classes.
    mixed = numpy.random.default_rng(0).permutation(len(found.samples))
    labels = [found.samples[i][1] for i in mixed]
    turn = {i: labels[:n].count(labels[n]) for n, i in enumerate(mixed)}
    samples = [found.samples[i] for i in sorted(mixed, key=turn.get)]
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, "
          f"{arguments.image_size} px\n")
    print("| what | ours to PyTorch | bound | ours to float64 | PyTorch to float64 |")
    print("|---|---:|---:|---:|---:|")

    def report(what, ours, theirs, exact, bound):
        fields = [f"{distance(ours, theirs):.1e}", "" if bound is None else f"{bound:.0e}"]
        fields += [f"{distance(ours, exact):.1e}", f"{distance(theirs, exact):.1e}"]
        print(f"| {what} | {' | '.join(fields)} |", flush=True)

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        size = arguments.image_size
        compare_logits(scratch, samples[:10], found.classes, size, report)
        compare_training(scratch, samples, found.classes, size, report)
        compare_epochs(scratch, samples[: arguments.epoch_images], found.classes, size, report)


if __name__ == "__main__":
    main()
