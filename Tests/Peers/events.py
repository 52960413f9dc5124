"""Reads this project's events with TensorBoard's own reader and compares them with the CSV files.

    python Tests/Peers/events.py

Needs the package tensorboard, and the experiments built by `swift build -c release`. Trains `norm` and
`no-norm` and a sweep of `dropout` briefly on generated images. `norm` is killed, interrupted and continued,
so that TensorBoard has to drop the steps that are repeated; `no-norm` runs twice into the same folders.
"""

import csv
import pathlib
import signal
import struct
import subprocess
import tempfile
import time

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

PROGRAMS = pathlib.Path(__file__).resolve().parents[2] / ".build" / "release"
OPTIONS = "--profile demo --image-size 32 --limit-train 200 --limit-val 50 --progress none --log-steps --seeds 0"


def start(name, scratch, *options):
    words = [PROGRAMS / f"experiment-{name}", *OPTIONS.split(), *options]
    words += ["--data-path", "data", "--output-dir", name, "--tensorboard", "events"]
    return subprocess.Popen(words, cwd=scratch, stdout=subprocess.DEVNULL)


def run(name, scratch, *options):
    assert start(name, scratch, *options).wait() == 0


def single(number):
    """A number as an event keeps it, as text: NaN equals NaN so."""
    try:
        return str(*struct.unpack("f", struct.pack("f", float(number))))
    except OverflowError:
        return "inf"


def compare(events, run, folder, scale, file, columns):
    rows = list(csv.DictReader((folder / file).open()))
    for column in columns:
        scalars = events.Scalars(run, f"{scale}/{column}")
        assert [e.step for e in scalars] == list(range(1, len(rows) + 1)), (run, scale, column)
        assert [single(e.value) for e in scalars] == [single(row[column]) for row in rows], (run, column)
    print(f"{run}: {len(rows)} values of {len(columns)} scalars by {scale}: equal")


def main():
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        subprocess.run([PROGRAMS / "squeezenet", "make-demo-data", "data"], cwd=scratch, check=True)

        for stop in [signal.SIGKILL, signal.SIGINT]:
            process = start("norm", scratch)
            while not (scratch / "norm" / "seed-0" / "checkpoint.safetensors").exists():
                time.sleep(0.05)
            time.sleep(0.5)
            process.send_signal(stop)
            code = process.wait()
            print("ended before it could be stopped" if code == 0 else f"stopped by {stop.name}")
        run("norm", scratch)
        run("no-norm", scratch)
        run("no-norm", scratch, "--rerun")
        run("dropout", scratch, "--sweep", "dropout=0.25,0.5", "--epochs", "2")

        events = EventMultiplexer().AddRunsFromDirectory(str(scratch / "events")).Reload()
        runs = sorted(events.Runs())
        assert runs == [
            "dropout/dropout-0.25/seed-0", "dropout/dropout-0.5/seed-0", "no-norm/seed-0",
            "no-norm/seed-0/unclipped", "norm/seed-0"
        ], runs
        steps = ["loss", "learning_rate", "gradient_norm"]
        for run_name in runs:
            folder = scratch / run_name
            compare(events, run_name, folder, "step", "steps.csv", steps)
            accuracies = [e.value for e in events.Scalars(run_name, "step/accuracy")]
            assert all(0 <= accuracy <= 1 for accuracy in accuracies)
            if (folder / "metrics.csv").exists():
                columns = (folder / "metrics.csv").open().readline().strip().split(",")[1:]
                compare(events, run_name, folder, "epoch", "metrics.csv", columns)


if __name__ == "__main__":
    main()
