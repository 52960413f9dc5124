"""Writes the fixtures that layers, networks and optimizers are compared with.

    python make_network_fixtures.py [format layers optimizer networks training architecture]

needs torch, torchvision, safetensors, numpy and torchinfo. README.md beside this file says what is
in the files; every file names the versions that made it.
"""

import csv
import json
import math
import pathlib
import platform
import struct
import sys

import numpy
import safetensors
import safetensors.torch
import torch
import torchinfo
import torchvision
from torch import nn
from torch.nn import functional

FOLDER = pathlib.Path(__file__).resolve().parent
VERSIONS = {
    "numpy": numpy.__version__,
    "python": platform.python_version(),
    "safetensors": safetensors.__version__,
    "script": pathlib.Path(__file__).name,
    "torch": torch.__version__,
    "torchinfo": torchinfo.__version__,
    "torchvision": torchvision.__version__,
}
# The precisions of each computation, and the suffixes of the results' names.
PRECISIONS = (("", torch.float32), (".f64", torch.float64))


def save(name, tensors, **metadata):
    """Writes tensors and metadata, the latter sorted: the same run gives the same bytes."""
    path = FOLDER / f"{name}.safetensors"
    path.parent.mkdir(exist_ok=True)
    tensors = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    data = safetensors.torch.save(tensors)
    size = struct.unpack("<Q", data[:8])[0]
    header = {"__metadata__": dict(sorted({**VERSIONS, **metadata}.items()))}
    header.update(json.loads(data[8 : 8 + size]))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])
    print(f"{path.relative_to(FOLDER)}: {path.stat().st_size} bytes")


def texts(numbers):
    """Numbers as metadata."""
    return {name: str(number) for name, number in numbers.items()}


def relative(ours, reference):
    """The distance of two tensors relative to the length of the second."""
    distance = torch.linalg.vector_norm(ours.double() - reference.double())
    return (distance / torch.linalg.vector_norm(reference.double()).clamp_min(1e-300)).item()


# MARK: The safetensors format


def make_format():
    tensors = {
        "conv1.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3) - 2.5,
        "Conv1.weight": torch.tensor([float("nan"), float("inf"), -0.0]),
        "conv1.bias": torch.tensor(0.1),
        "empty": torch.zeros(0, 3),
        "double": torch.tensor([0.1], dtype=torch.float64),
        "count": torch.tensor([-1, 2**40]),
        "mask": torch.tensor([True, False, True]),
        "half": torch.tensor([1.0], dtype=torch.bfloat16),
        'é "quoted" \\ \t\x01\x7f 犬 🐕': torch.tensor([1.0]),
        "\uffff": torch.tensor([2.0]),
        "\U00010000": torch.tensor([3.0]),
    }
    # The package's own bytes, untouched and without metadata: what a writer must equal.
    path = FOLDER / "format" / "python.safetensors"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(safetensors.torch.save(tensors))


# MARK: Layers


def differentiate(function, tensors, output_gradient=None):
    """Calls a function of named tensors in single and in double precision.

    Returns the output and the gradient of every floating-point tensor, the double-precision ones
    with `.f64` behind their names. Without an output gradient, the output is a single number.
    """
    results = {}
    for suffix, precision in PRECISIONS:
        leaves = {
            name: tensor.detach().to(precision, copy=True).requires_grad_()
            for name, tensor in tensors.items()
        }
        output = function(**leaves)
        gradient = None if output_gradient is None else output_gradient.to(precision)
        output.backward(gradient)
        results[f"output{suffix}"] = output
        for name, leaf in leaves.items():
            results[f"{name}_gradient{suffix}"] = leaf.grad
    return results


def add_case(file, case, **tensors):
    """Adds a case: its tensors become `<case>.<name>`."""
    for name, tensor in tensors.items():
        key = f"{case}.{name}"
        assert key not in file, key
        file[key] = tensor


def make_convolutions(random):
    file = {}
    cases = [
        # images, inputs, outputs, height, width, kernel, stride, padding
        (1, 3, 5, 1, 1, 1, 1, 0),
        (3, 1, 1, 4, 5, 1, 1, 0),
        (2, 5, 7, 3, 3, 1, 1, 0),
        (2, 16, 24, 5, 7, 1, 1, 0),
        (1, 48, 17, 6, 6, 1, 1, 0),
        (2, 33, 10, 4, 1, 1, 1, 0),
        (1, 1, 1, 1, 1, 3, 1, 1),
        (1, 5, 7, 6, 6, 3, 1, 1),
        (1, 3, 16, 8, 8, 3, 1, 1),
        (2, 8, 8, 2, 9, 3, 1, 1),
        (2, 16, 20, 7, 5, 3, 1, 1),
        (1, 48, 9, 4, 3, 3, 1, 1),
        (1, 1, 2, 3, 3, 3, 2, 0),
        (2, 5, 7, 6, 7, 3, 2, 0),
        (2, 3, 16, 11, 8, 3, 2, 0),
        (1, 3, 64, 10, 10, 3, 2, 0),
        (2, 3, 5, 7, 7, 7, 2, 0),
        (1, 3, 12, 13, 12, 7, 2, 0),
    ]
    for images, inputs, outputs, height, width, kernel, stride, padding in cases:
        tensors = {
            "input": torch.randn(images, inputs, height, width, generator=random),
            "weight": torch.randn(outputs, inputs, kernel, kernel, generator=random)
            * math.sqrt(2 / (inputs * kernel * kernel)),
            "bias": torch.randn(outputs, generator=random),
        }

        def convolve(input, weight, bias, stride=stride, padding=padding):
            return functional.conv2d(input, weight, bias, stride, padding)

        gradient = torch.randn(convolve(**tensors).shape, generator=random)
        add_case(
            file,
            f"{kernel}x{kernel}-stride{stride}-{images}x{inputs}x{height}x{width}-{outputs}",
            geometry=torch.tensor([kernel, stride, padding]),
            output_gradient=gradient,
            **tensors,
            **differentiate(convolve, tensors, gradient),
        )
    save("layers/convolution", file)


def make_norms(random):
    file = {}
    cases = [
        # case, images, channels, height, width, offset, spread
        ("one-channel", 2, 1, 3, 3, 0, 1),
        ("one-image", 1, 3, 5, 4, 0, 1),
        ("one-pixel", 4, 5, 1, 1, 0, 1),
        ("odd-sizes", 3, 16, 5, 7, 0.5, 2),
        ("many-channels", 2, 48, 3, 3, -1, 0.1),
        ("large-offset", 2, 3, 6, 6, 1000, 1),
        ("constant", 2, 2, 3, 3, 7, 0),
    ]
    for mode in ("training", "evaluation"):
        for case, images, channels, height, width, offset, spread in cases:
            shape = (images, channels, height, width)
            tensors = {
                "input": torch.randn(shape, generator=random) * spread + offset,
                "weight": 1 + 0.3 * torch.randn(channels, generator=random),
                "bias": torch.randn(channels, generator=random),
            }
            mean = torch.randn(channels, generator=random) + offset
            variance = 0.5 + torch.rand(channels, generator=random)
            gradient = torch.randn(shape, generator=random)
            after = {}

            def normalize(input, weight, bias):
                suffix = "" if input.dtype == torch.float32 else ".f64"
                running_mean = mean.to(input.dtype, copy=True)
                running_var = variance.to(input.dtype, copy=True)
                after[f"running_mean_after{suffix}"] = running_mean
                after[f"running_var_after{suffix}"] = running_var
                return functional.batch_norm(
                    input, running_mean, running_var, weight, bias, mode == "training", 0.1, 1e-5
                )

            results = differentiate(normalize, tensors, gradient)
            add_case(
                file,
                f"{mode}.{case}",
                running_mean=mean,
                running_var=variance,
                output_gradient=gradient,
                **after,
                **tensors,
                **results,
            )
    save("layers/batch_norm", file)


def make_activations(random):
    file = {}
    inputs = {
        "random": torch.randn(2, 5, 3, 4, generator=random),
        "one": torch.tensor([[[[-1.0]]]]),
        "zeros": torch.tensor([0.0, -0.0, 1.0, -1.0, 1e-45, -1e-45, 3e38, -3e38])
        .reshape(1, 2, 2, 2),
        "infinite": torch.tensor([math.inf, -math.inf, math.nan, 1.0]).reshape(1, 1, 2, 2),
    }
    for case, input in inputs.items():
        gradient = torch.randn(input.shape, generator=random)
        results = differentiate(functional.relu, {"input": input}, gradient)
        add_case(file, case, input=input, output_gradient=gradient, **results)
    save("layers/relu", file)

    file = {}
    for rate in (0.0, 0.25, 0.5, 0.9, 1.0):
        input = torch.randn(2, 5, 3, 4, generator=random)
        gradient = torch.randn(input.shape, generator=random)

        def drop(input, rate=rate):
            torch.manual_seed(1)
            return functional.dropout(input, rate, training=True)

        add_case(
            file,
            f"rate-{rate}",
            rate=torch.tensor(rate, dtype=torch.float64),
            noise=drop(torch.ones_like(input)),
            input=input,
            output_gradient=gradient,
            **differentiate(drop, {"input": input}, gradient),
        )
    save("layers/dropout", file)

    # These draws are unused; they are kept so that later files keep their numbers.
    for shape, other in (((2, 5, 3, 4), 7), ((1, 1, 1, 1), 1), ((3, 16, 2, 5), 8)):
        for channels in (shape[1], other, shape[1] + other):
            torch.randn(shape[0], channels, *shape[2:], generator=random)


def make_pools(random):
    file = {}
    cases = []
    for height, width in ((3, 3), (6, 6), (7, 7), (8, 8), (10, 10), (4, 9), (5, 6)):
        cases.append((f"{height}x{width}", torch.randn(2, 3, height, width, generator=random)))
    cases += [
        ("negative", -1 - torch.rand(1, 2, 6, 8, generator=random)),
        ("ties", torch.randint(0, 2, (2, 5, 8, 7), generator=random).float()),
        ("equal", torch.zeros(1, 1, 6, 6)),
        ("many-channels", torch.randn(1, 17, 5, 5, generator=random)),
    ]
    with_nan = torch.randn(1, 2, 8, 8, generator=random)
    with_nan[0, 0, 2, 2] = math.nan
    with_nan[0, 1, 7, 7] = math.nan
    with_nan[0, 1, 0] = -math.inf
    cases.append(("nan", with_nan))
    for mode in ("ceil", "floor"):
        small = [("2x2", torch.randn(1, 2, 2, 2, generator=random))] if mode == "ceil" else []
        for case, input in cases + small:

            def pool(input, mode=mode):
                return functional.max_pool2d(input, 3, 2, ceil_mode=mode == "ceil")

            gradient = torch.randn(pool(input).shape, generator=random)
            results = differentiate(pool, {"input": input}, gradient)
            add_case(file, f"{mode}.{case}", input=input, output_gradient=gradient, **results)
    save("layers/max_pool", file)

    file = {}
    for shape in ((2, 3, 1, 1), (1, 5, 13, 13), (2, 16, 4, 7), (1, 1, 3, 2)):
        input = torch.randn(shape, generator=random)
        gradient = torch.randn(*shape[:2], 1, 1, generator=random)

        def average(input):
            return functional.adaptive_avg_pool2d(input, 1)

        results = differentiate(average, {"input": input}, gradient)
        add_case(file, "x".join(map(str, shape)), input=input, output_gradient=gradient, **results)
    save("layers/average_pool", file)


def make_losses(random):
    file = {}
    cases = {
        "random": torch.randn(8, 10, generator=random),
        "one-image": torch.randn(1, 10, generator=random),
        "two-classes": torch.randn(3, 2, generator=random),
        "many-classes": 3 * torch.randn(3, 1000, generator=random),
        "large": 1e4 * torch.randn(5, 10, generator=random),
        "offset": 80 + torch.randn(5, 10, generator=random),
        "ties": torch.randint(0, 2, (6, 10), generator=random).float(),
        "zeros": torch.zeros(4, 10),
    }
    for case, logits in cases.items():
        labels = torch.randint(0, logits.shape[1], (logits.shape[0],), generator=random)

        def loss(logits, labels=labels):
            return functional.cross_entropy(logits, labels)

        results = differentiate(loss, {"logits": logits})
        results["loss"] = results.pop("output")
        results["loss.f64"] = results.pop("output.f64")
        add_case(file, case, logits=logits, labels=labels, **results)
    save("layers/cross_entropy", file)


def make_layers():
    random = torch.Generator().manual_seed(20)
    make_convolutions(random)
    make_norms(random)
    make_activations(random)
    make_pools(random)
    make_losses(random)


# MARK: Optimizer


def make_optimizer():
    random = torch.Generator().manual_seed(21)
    file = {}
    cases = {
        "plain": ([0.01] * 5, 0.0),
        "decay": ([0.01] * 5, 1e-4),
        "schedule": ([0.01, 0.008, 0.005, 0.002, 0.0001], 0.0),
    }
    shapes = [(7,), (3, 5), (4, 3, 3, 3)]
    for case, (rates, decay) in cases.items():
        starts = [torch.randn(shape, generator=random) for shape in shapes]
        gradients = [[torch.randn(s, generator=random) for s in shapes] for _ in rates]
        tensors = {
            "learning_rates": torch.tensor(rates, dtype=torch.float64),
            "weight_decay": torch.tensor(decay, dtype=torch.float64),
            "momentum": torch.tensor(0.9, dtype=torch.float64),
        }
        for index, start in enumerate(starts):
            tensors[f"{index}.start"] = start
        for suffix, precision in PRECISIONS:
            parameters = [nn.Parameter(start.to(precision, copy=True)) for start in starts]
            sgd = torch.optim.SGD(parameters, lr=rates[0], momentum=0.9, weight_decay=decay)
            for step, rate in enumerate(rates):
                sgd.param_groups[0]["lr"] = rate
                for index, parameter in enumerate(parameters):
                    parameter.grad = gradients[step][index].to(precision, copy=True)
                    tensors[f"{index}.gradient.{step}"] = gradients[step][index]
                sgd.step()
                for index, parameter in enumerate(parameters):
                    buffer = sgd.state[parameter]["momentum_buffer"]
                    tensors[f"{index}.after.{step}{suffix}"] = parameter.detach().clone()
                    tensors[f"{index}.velocity.{step}{suffix}"] = buffer.clone()
        add_case(file, case, **tensors)
    save("optimizer/sgd", file)

    file = {}
    many = [torch.randn(size, generator=random) for size in range(1, 41)]
    cases = {
        "below": ([torch.tensor([0.3, -0.4]), torch.tensor([[0.1], [0.2]])], 1.0),
        "above": ([torch.tensor([3.0, -4.0]), torch.tensor([[1.0], [2.0]])], 1.0),
        "equal": ([torch.tensor([3.0, -4.0])], 5.0),
        "many": (many, 1.0),
        "zero": ([torch.zeros(3), torch.zeros(2)], 1.0),
        "infinite": ([torch.tensor([math.inf, 1.0]), torch.ones(2)], 1.0),
        "nan": ([torch.tensor([math.nan, 1.0]), torch.ones(2)], 1.0),
    }
    for case, (gradients, limit) in cases.items():
        tensors = {"limit": torch.tensor(limit)}
        for suffix, precision in PRECISIONS:
            parameters = [nn.Parameter(torch.zeros_like(g, dtype=precision)) for g in gradients]
            for parameter, gradient in zip(parameters, gradients):
                parameter.grad = gradient.to(precision, copy=True)
            norm = nn.utils.clip_grad_norm_(parameters, limit)
            tensors[f"norm{suffix}"] = norm
            for index, parameter in enumerate(parameters):
                tensors[f"{index}.gradient"] = gradients[index]
                tensors[f"{index}.clipped{suffix}"] = parameter.grad
        add_case(file, case, **tensors)
    save("optimizer/clip", file)

    file = {}
    for epochs in (10, 250):
        parameter = nn.Parameter(torch.zeros(1))
        sgd = torch.optim.SGD([parameter], lr=0.01)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, epochs, eta_min=0.0001)
        rates = []
        for _ in range(epochs + 1):
            rates.append(schedule.get_last_lr()[0])
            sgd.step()
            schedule.step()
        rates = torch.tensor(rates, dtype=torch.float64)
        add_case(file, f"{epochs}-epochs", learning_rates=rates.float())
        file[f"{epochs}-epochs.learning_rates.f64"] = rates
    save("optimizer/cosine", file)


# MARK: Networks


class ConvBlock(nn.Sequential):
    """Convolution, optional normalization, optional ReLU."""

    def __init__(self, inputs, outputs, kernel, norm, relu=True, **options):
        super().__init__()
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, **options)
        if norm:
            self.norm = nn.BatchNorm2d(outputs)
        if relu:
            self.relu = nn.ReLU()


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand, norm, bypass):
        super().__init__()
        self.squeeze = ConvBlock(inputs, squeeze, 1, norm)
        self.expand1x1 = ConvBlock(squeeze, expand, 1, norm)
        self.expand3x3 = ConvBlock(squeeze, expand, 3, norm, padding=1)
        if bypass == "identity":
            self.bypass = nn.Identity()
        elif bypass == "convolution":
            self.bypass = ConvBlock(inputs, 2 * expand, 1, norm, relu=False)
        else:
            self.bypass = None

    def forward(self, x):
        squeezed = self.squeeze(x)
        y = torch.cat([self.expand1x1(squeezed), self.expand3x3(squeezed)], 1)
        return y if self.bypass is None else self.bypass(x) + y


class NotebookNet(nn.Module):
    """The notebook's network; bypass: none, simple (fire 3, 5, 7, 9) or complex (all)."""

    def __init__(self, norm, bypass, classes=10):
        super().__init__()

        def fire(number, inputs, squeeze, expand):
            kind = None
            if number % 2 == 1 and bypass != "none":
                kind = "identity"
            elif bypass == "complex":
                kind = "convolution"
            return Fire(inputs, squeeze, expand, norm, kind)

        self.conv1 = ConvBlock(3, 64, 3, norm, stride=2)
        self.maxpool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.fire2 = fire(2, 64, 16, 64)
        self.fire3 = fire(3, 128, 16, 64)
        self.fire4 = fire(4, 128, 32, 128)
        self.maxpool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.fire5 = fire(5, 256, 32, 128)
        self.fire6 = fire(6, 256, 48, 192)
        self.fire7 = fire(7, 384, 48, 192)
        self.fire8 = fire(8, 384, 64, 256)
        self.maxpool3 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.fire9 = fire(9, 512, 64, 256)
        self.classifier = nn.Sequential(
            nn.Dropout(0),
            ConvBlock(512, classes, 1, norm=False),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )

    def forward(self, x):
        x = self.fire4(self.fire3(self.fire2(self.maxpool1(self.conv1(x)))))
        x = self.fire8(self.fire7(self.fire6(self.fire5(self.maxpool2(x)))))
        return self.classifier(self.fire9(self.maxpool3(x)))


def torchvision_network(version, classes):
    return getattr(torchvision.models, f"squeezenet{version}")(num_classes=classes, dropout=0.0)


# Weights and images come from a hash of their name and index, so that they need no files:
# README.md gives the formula.


def hashed(name, count):
    """32 bits for each of the elements 0 ..< count of a name."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 % 2**32
    x = numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B1) ^ numpy.uint32(seed)
    x = (x ^ x >> numpy.uint32(16)) * numpy.uint32(0x7FEB352D)
    x = (x ^ x >> numpy.uint32(15)) * numpy.uint32(0x846CA68B)
    return x ^ x >> numpy.uint32(16)


def uniform(name, shape):
    """Doubles in [-0.5, 0.5), multiples of 2^-32."""
    words = hashed(name, math.prod(shape)).astype(numpy.float64)
    return torch.from_numpy(words / 2**32 - 0.5).reshape(shape)


# The numbers of the formula, as README.md names them; widths are squares, times the fan-in.
FORMULA = {
    "width": 24.0,
    "expand_width": 6.0,
    "classifier_width": 2.0,
    "classifier_bias": 0.0,
    "norm_weight": 1.0,
    "norm_bias": 0.25,
}


def fill(network, formula):
    """Gives every tensor of a network its formula."""
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            values = uniform(name, tuple(tensor.shape))
            if tensor.dim() == 4:
                width = formula["width"]
                if name.startswith("classifier"):
                    width = formula["classifier_width"]
                elif ".expand" in name or ".bypass" in name:
                    width = formula["expand_width"]
                values = values * math.sqrt(width / tensor[0].numel())
            elif name.startswith("classifier"):
                values = formula["classifier_bias"] + 0.25 * values
            elif name.endswith("norm.weight"):
                values = formula["norm_weight"] * (1 + 0.5 * values)
            elif name.endswith("norm.bias"):
                values = formula["norm_bias"] * values
            elif name.endswith("running_var"):
                values = 1 + 0.5 * values
            else:
                values = 0.25 * values
            tensor.copy_(values.float())
    return network


def batch(name, first, count, height, width):
    """Images, one coarse pattern per class plus noise, and their labels: first, first + 1, ..."""
    labels = torch.arange(first, first + count) % 10
    noise = uniform(f"{name}.images", (count, 3, height, width))
    patterns = torch.stack([uniform(f"pattern.{label}", (3, 8, 8)) for label in labels.tolist()])
    rows = torch.arange(height) * 8 // height
    columns = torch.arange(width) * 8 // width
    return (2 * noise + 4 * patterns[:, :, rows][..., columns]).float(), labels


def steadiest_batch(network, height, width):
    """The name of the batch, out of a few, whose gradients depend least on rounding.

    A gradient jumps where rounding moves a ReLU's input across zero, or where it changes which
    element of a window is the largest. The batch is chosen whose nearest miss is widest.
    """
    misses = []

    def watch(module, inputs, _):
        values = inputs[0].abs()
        if isinstance(module, nn.MaxPool2d):
            windows = functional.unfold(
                functional.pad(inputs[0].flatten(0, 1)[:, None], (0, 1, 0, 1), value=0), 3, stride=2
            )
            largest = windows.topk(2, dim=1).values
            values = (largest[:, 0] - largest[:, 1])[largest[:, 0] > 0]
        misses.append((values.min() / inputs[0].square().mean().sqrt()).item())

    kinds = (nn.ReLU, nn.MaxPool2d)
    hooks = [m.register_forward_hook(watch) for m in network.modules() if isinstance(m, kinds)]
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    margins = {}
    for index in range(32):
        name = f"batch.{index}"
        misses.clear()
        with torch.no_grad():
            network(batch(name, 0, 2, height, width)[0].double())
        margins[name] = min(misses)
    for hook in hooks:
        hook.remove()
    name = max(margins, key=margins.get)
    print("nearest miss", margins[name], "of a layer's scale in", name)
    return name


def reductions(tensors):
    """The length of every tensor and its product with a vector made by formula, in double."""
    norms, dots = [], []
    for name, tensor in tensors.items():
        tensor = tensor.double()
        norms.append(torch.linalg.vector_norm(tensor))
        dots.append((tensor * uniform(f"dot.{name}", tuple(tensor.shape))).sum())
    return torch.stack(norms), torch.stack(dots)


def make_network(file, network, **changes):
    formula = {**FORMULA, **changes}
    tensors = {}
    batches = {}
    names = [name for name, _ in network.named_parameters()]
    for height, width in ((64, 64), (65, 67)):
        case = f"{height}x{width}"
        network = fill(network, formula).double().train()
        batches[case] = steadiest_batch(network, height, width)
        images, labels = batch(batches[case], 0, 2, height, width)
        for suffix, precision in PRECISIONS:
            network = fill(network, formula).to(precision).eval()
            with torch.no_grad():
                tensors[f"{case}.evaluation_logits{suffix}"] = network(images.to(precision))
            network.train()
            network.zero_grad()
            logits = network(images.to(precision))
            loss = functional.cross_entropy(logits, labels)
            loss.backward()
            gradients = {name: p.grad for name, p in network.named_parameters()}
            tensors[f"{case}.logits{suffix}"] = logits
            tensors[f"{case}.loss{suffix}"] = loss
            norms, dots = reductions(gradients)
            tensors[f"{case}.gradient_norms{suffix}"] = norms
            tensors[f"{case}.gradient_dots{suffix}"] = dots
            if case == "65x67":
                for name, gradient in gradients.items():
                    if gradient.numel() <= 2048:
                        tensors[f"{case}.gradient.{name}{suffix}"] = gradient.clone()
        # A later normalization cancels these parameters, so their gradients are only rounding.
        norms, exact = (tensors[f"{case}.gradient_norms{suffix}"] for suffix in ("", ".f64"))
        errors = []
        for name, norm, reference in zip(names, norms, exact):
            if reference > 1e-9 * exact.max():
                errors.append(relative(norm, reference))
            else:
                for suffix, _ in PRECISIONS:
                    tensors.pop(f"{case}.gradient.{name}{suffix}", None)
        print(
            f"{file}, {case}: logits",
            [round(x, 3) for x in logits[0].tolist()],
            relative(tensors[f"{case}.logits"], tensors[f"{case}.logits.f64"]),
            "gradients",
            max(errors),
            len(errors),
        )
    save(f"networks/{file}", tensors, parameters=",".join(names), **batches, **texts(formula))


def make_networks():
    # Without a bypass, activations keep their scale only with wider weights.
    wide = {"expand_width": 24.0, "classifier_width": 24.0}
    for norm in (False, True):
        for bypass in ("none", "simple", "complex"):
            name = f"notebook-{'norm' if norm else 'no-norm'}-{bypass}"
            changes = wide if bypass == "none" and not norm else {}
            make_network(name, NotebookNet(norm, bypass), **changes)
    for version in ("1_0", "1_1"):
        make_network(f"torchvision-{version}", torchvision_network(version, 10), **wide)


def make_training():
    # Small steps: a network whose weights move fast amplifies rounding until nothing is comparable.
    gentle = {**FORMULA, "classifier_width": 0.02, "classifier_bias": 0.5}
    gentler = {"width": 384.0, "expand_width": 96.0, "norm_weight": 0.05, "norm_bias": 1.0}
    recipes = (("no-norm", False, 1.0, gentle), ("norm", True, None, {**gentle, **gentler}))
    for recipe, norm, limit, formula in recipes:
        tensors = {}
        for suffix, precision in PRECISIONS:
            network = fill(NotebookNet(norm, "simple"), formula).to(precision)
            with torch.no_grad():
                for name, tensor in network.named_buffers():
                    tensor.fill_(1 if name.endswith("running_var") else 0)
            start = {name: p.detach().clone() for name, p in network.named_parameters()}
            sgd = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
            losses, norms = [], []
            network.train()
            for step in range(20):
                images, labels = batch(f"step.{step}", 8 * step, 8, 64, 64)
                sgd.zero_grad()
                loss = functional.cross_entropy(network(images.to(precision)), labels)
                loss.backward()
                norms.append(nn.utils.clip_grad_norm_(network.parameters(), limit or math.inf))
                sgd.step()
                losses.append(loss.detach())
            tensors[f"losses{suffix}"] = torch.stack(losses)
            tensors[f"gradient_norms{suffix}"] = torch.stack(norms)
            after = {name: p.detach() for name, p in network.named_parameters()}
            change = {name: after[name] - start[name] for name in after}
            for name, values in (("parameter", after), ("change", change)):
                norms, dots = reductions(values)
                tensors[f"{name}_norms{suffix}"] = norms
                tensors[f"{name}_dots{suffix}"] = dots
            for name, tensor in network.state_dict().items():
                if tensor.numel() <= 2048:
                    if suffix and not tensor.is_floating_point():
                        continue
                    tensors[f"after.{name}{suffix}"] = tensor.clone()
        print(recipe, [round(x, 4) for x in tensors["losses"].tolist()])
        print([round(x, 4) for x in tensors["gradient_norms"].tolist()])
        for name in ("losses", "gradient_norms", "parameter_norms", "change_norms"):
            ours, reference = tensors[name], tensors[f"{name}.f64"]
            print(name, ((ours - reference).abs() / reference).max().item())
        save(f"networks/training-{recipe}", tensors, parameters=",".join(after), **texts(formula))


# MARK: Architecture


def make_architecture():
    cases = {
        "notebook-no-norm-224": (NotebookNet(False, "simple"), 224),
        "notebook-norm-224": (NotebookNet(True, "simple"), 224),
        "notebook-no-norm-128": (NotebookNet(False, "simple"), 128),
        "notebook-norm-128": (NotebookNet(True, "simple"), 128),
        "notebook-no-norm-complex-224": (NotebookNet(False, "complex"), 224),
        "notebook-norm-complex-224": (NotebookNet(True, "complex"), 224),
        "torchvision-1_0-224": (torchvision_network("1_0", 1000), 224),
        "torchvision-1_1-224": (torchvision_network("1_1", 1000), 224),
    }
    folder = FOLDER / "architecture"
    folder.mkdir(exist_ok=True)
    for case, (network, size) in cases.items():
        info = torchinfo.summary(
            network, (1, 3, size, size), depth=9, verbose=0, mode="eval", device="cpu"
        )
        names = {id(module): name for name, module in network.named_modules()}
        with open(folder / f"{case}.csv", "w", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(
                "name,type,channels,height,width,parameters,multiply_adds,multiply_adds_of_weights"
                .split(",")
            )
            total = 0
            for layer in info.summary_list:
                if layer.class_name not in (
                    "AdaptiveAvgPool2d", "BatchNorm2d", "Conv2d", "Fire", "MaxPool2d"
                ):
                    continue
                channels, height, width = layer.output_size[1:]
                weights = ""
                if layer.class_name == "Conv2d":
                    weights = layer.module.weight.numel() * height * width
                    total += weights
                is_fire = layer.class_name == "Fire"
                table.writerow(
                    [
                        names[id(layer.module)], layer.class_name, channels, height, width,
                        sum(p.numel() for p in layer.module.parameters()),
                        "" if is_fire else layer.macs, weights,
                    ]
                )
            classes = info.summary_list[0].output_size[1]
            table.writerow(
                ["total", "", classes, "", "", info.total_params, info.total_mult_adds, total]
            )
        print(case, info.total_params, info.total_mult_adds, total)


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = {
        "format": make_format,
        "layers": make_layers,
        "optimizer": make_optimizer,
        "networks": make_networks,
        "training": make_training,
        "architecture": make_architecture,
    }
    for part in sys.argv[1:] or parts:
        parts[part]()
