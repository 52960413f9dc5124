"""Compares this project's programs with PyTorch on real images, and prints a table.

    python Tests/Peers/exactness.py DATA [--image-size 128] [--epoch-images 1024]

DATA is a folder with Imagenette. Needs torch, torchvision, safetensors, numpy and Pillow, and the
programs built by `swift build -c release`; the project itself needs none of them. Weights are
random, pass as safetensors files in both directions, and every number compared comes from files
that the programs write. A distance is |ours - theirs| / |theirs|; a column says how far both are
from PyTorch in double precision.
"""

import argparse
import csv
import math
import pathlib
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
    """The recipe in one of the project's experiments; its weights and its rows."""
    safetensors.torch.save_file(network.state_dict(), scratch / "start.safetensors")
    program(
        f"experiment-{name}", "--profile", "quick", "--data-path", data, "--output-dir",
        scratch / "run", "--initial-weights", scratch / "start.safetensors", "--save-weights",
        scratch / "end.safetensors", "--augmentation", "none", "--shuffle", "off", "--log-steps",
        "--image-size", size, "--batch-size", batch, "--epochs", epochs, "--lr", rate, "--resume",
        "never", "--progress", "none")
    end = safetensors.torch.load_file(scratch / "end.safetensors")
    return end, rows(scratch / "run" / "steps.csv"), rows(scratch / "run" / "metrics.csv")


def compare_training(scratch, samples, classes, size, report):
    """One step at a rate so large that the weights are the gradient, then twenty usual steps."""
    for images_used, batch, rate, what in ((16, 16, 1e4, "gradient"), (320, 16, 0.01, "weights")):
        data = folder(scratch / f"{what}", samples[:images_used], classes)
        images, labels = load(data / "train", size)
        for name, clip in (("no-norm", 1.0), ("norm", None)):
            def start():
                return randomize(NotebookNet(name == "norm", "simple"), 7)
            ours, steps, _ = run(scratch, name, data, start(), size, batch, 1, rate)
            theirs, exact = start(), start().double()
            losses, norms, _ = train(theirs, images, labels, batch, 1, rate, clip)
            train(exact, images.double(), labels, batch, 1, rate, clip)
            start = start().state_dict()
            theirs, exact = theirs.state_dict(), exact.state_dict()
            theirs = {k: v.double() for k, v in theirs.items() if "num_batches" not in k}
            ours = {k: ours[k].double() for k in theirs}
            assert set(ours) == set(theirs)
            if what == "gradient":
                trained = [k for k in ours if "running" not in k]
                tables = [{k: t[k].double() - start[k].double() for k in trained}
                          for t in (ours, theirs, exact)]
                worst = max(trained, key=lambda k: distance(tables[0][k], tables[1][k]))
                report(f"gradient of one step, {name}, worst tensor ({worst})",
                       *(t[worst] for t in tables), 1e-4)
            else:
                worst = max(ours, key=lambda k: distance(ours[k], theirs[k]))
                report(f"weights after {len(losses)} steps, {name}, all",
                       *(torch.cat([t[k].double().flatten() for k in ours])
                         for t in (ours, theirs, exact)), 1e-4)
                report(f"weights after {len(losses)} steps, {name}, worst tensor ({worst})",
                       ours[worst], theirs[worst], exact[worst], 1e-4)
                report(f"losses of {len(losses)} steps, {name}",
                       [float(row["loss"]) for row in steps], losses, None, None)
                report(f"gradient norms of {len(losses)} steps, {name}",
                       [float(row["gradient_norm"]) for row in steps], norms, None, None)


def compare_epochs(scratch, samples, classes, size, report):
    data = folder(scratch / "epochs", samples, classes)
    images, labels = load(data / "train", size)
    for name, clip in (("no-norm", 1.0), ("norm", None)):
        network = randomize(NotebookNet(name == "norm", "simple"), 11)
        _, _, metrics = run(scratch, name, data, network, size, 128, 3, 0.01)
        _, _, means = train(network, images, labels, 128, 3, 0.01, clip)
        for row, mean in zip(metrics, means):
            report(f"loss of epoch {row['epoch']}, {name}", [float(row["train_loss"])], [mean],
                   None, 1e-3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--image-size", type=int, default=128)
    parser.add_argument("--epoch-images", type=int, default=1024)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    found = datasets.ImageFolder(str(arguments.data / "train"))
    # Every n-th image, so that all classes take part; mixed, since nothing is shuffled later.
    order = numpy.random.default_rng(0).permutation(len(found.samples))
    samples = [found.samples[i] for i in order]
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, "
          f"{arguments.image_size} px\n")
    print("| what | ours to PyTorch | bound | ours to float64 | PyTorch to float64 |")
    print("|---|---:|---:|---:|---:|")

    def report(what, ours, theirs, exact, bound):
        fields = [f"{distance(ours, theirs):.1e}", "" if bound is None else f"{bound:.0e}"]
        if exact is None:
            fields += ["", ""]
        else:
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
