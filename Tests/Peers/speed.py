"""Measures the speed of this project and of PyTorch: a training step, and evaluation.

    LD_PRELOAD=libtcmalloc_minimal.so.4 python Tests/Peers/speed.py [--batch 128] [--seconds 20]
        [--sizes 224 128] [--norms none batch]

Needs torch, and `squeezenet` built by `swift build -c release`. PyTorch uses its fastest CPU
configuration: channels_last, all threads, and tcmalloc if it is preloaded (Debian's
libtcmalloc-minimal4). The two take several turns; each figure is the fastest turn's. On a shared
machine, only the ratio is reliable.
"""

import argparse
import json
import os
import pathlib
import platform
import resource
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Fixtures"))


def theirs(batch, size, norm, seconds, threads):
    """Images per second of a training step and of evaluation, in a process of its own."""
    import torch
    from make_network_fixtures import NotebookNet

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = NotebookNet(norm == "batch", "simple").to(memory_format=torch.channels_last)
    images = torch.randn(batch, 3, size, size).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch) % 10
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(images), labels).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1)
        optimizer.step()

    def evaluate():
        with torch.inference_mode():
            network(images)

    def fastest(body):
        body()
        start, best = time.perf_counter(), float("inf")
        while time.perf_counter() - start < seconds:
            begin = time.perf_counter()
            body()
            best = min(best, time.perf_counter() - begin)
        return batch / best

    training = fastest(step)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    network.eval()
    return {
        "train_images_per_second": training,
        "evaluation_images_per_second": fastest(evaluate),
        "peak_memory_bytes": memory,
    }


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--sizes", type=int, nargs="+", default=[224, 128])
    parser.add_argument("--norms", nargs="+", default=["none", "batch"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--theirs", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.theirs:
        size, norm = arguments.theirs
        result = theirs(
            arguments.batch, int(size), norm, arguments.seconds, arguments.threads)
        print(json.dumps(result))
        return
    preloaded = "tcmalloc" in os.environ.get("LD_PRELOAD", "")
    print(f"{platform.processor() or platform.machine()}, {arguments.threads} threads, batch "
          f"{arguments.batch}, PyTorch with channels_last{' and tcmalloc' * preloaded}\n")
    print("| | ours | PyTorch | ratio |\n|---|---:|---:|---:|")
    for size in arguments.sizes:
        for norm in arguments.norms:
            turns = []
            for _ in range(arguments.turns):
                turns.append((
                    run(ROOT / ".build/release/squeezenet", "benchmark", "--json", "--batch",
                        arguments.batch, "--image-size", size, "--norm", norm, "--threads",
                        arguments.threads),
                    run(sys.executable, __file__, "--theirs", size, norm, "--batch",
                        arguments.batch, "--seconds", arguments.seconds, "--threads",
                        arguments.threads)))
            for key, what, best, scale in (
                ("train_images_per_second", "training, images/s", max, 1),
                ("evaluation_images_per_second", "evaluation, images/s", max, 1),
                ("peak_memory_bytes", "peak memory, GB", min, 1e-9),
            ):
                a, b = (best(turn[i][key] for turn in turns) * scale for i in (0, 1))
                print(f"| {size} px, norm {norm}: {what} | {a:.1f} | {b:.1f} | {a / b:.2f} |",
                      flush=True)


if __name__ == "__main__":
    main()
