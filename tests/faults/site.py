"""A site's workers and broker as real processes, and jobs long enough to be met in the middle."""

import contextlib
import os
import random
import signal
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import redis

from digits_site.environment import socket_url
from digits_site.supervise.place import broker_program
from recognizer.models import ModelVersion
from tests.training.making import queued
from tests.training.processes import Running, wait_until, worker
from training import tasks
from training.models import TrainingJob
from training.progress import done

# Small batches of few images: some seconds on two cores, in which there is something to kill.
ASKED = {"architecture": "deep", "epochs": 14, "batch_size": 50, "mnist_images": 500, "seed": 5}
CHECKPOINT_SECONDS = 0.5


class Site:
    """A folder with a site's data, its broker, and the environment of its workers."""

    def __init__(self, folder: Path, mnist: Path) -> None:
        self.folder = folder
        self.outside = os.environ.get("FAULTS_BROKER") == "outside"
        self.socket = folder / "run" / "valkey.sock"
        self.socket.parent.mkdir(exist_ok=True)
        self.port = free_port() if self.outside else 0
        self.broker_url = f"redis://127.0.0.1:{self.port}/0" if self.outside else socket_url(self.socket)
        self.environment = {"MNIST_DIR": mnist, "CHECKPOINT_SECONDS": CHECKPOINT_SECONDS, "JOB_SWEEP_SECONDS": 1,
                            "JOB_RING_SECONDS": 5, "REDIS_URL": self.broker_url if self.outside else ""}  # fmt: skip
        self.processes: list[Running] = []

    def broker(self) -> "Broker":
        """A Valkey that writes every message through to its folder before it answers."""
        folder = self.folder / "valkey"
        folder.mkdir(exist_ok=True)
        place = ["--port", str(self.port)] if self.outside else ["--port", "0", "--unixsocket", str(self.socket)]
        options = ["--dir", str(folder), "--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        return self._kept(Broker([str(broker_program()), *place, *options], folder / "log", self.client))

    def client(self) -> redis.Redis:
        """A client of the broker."""
        return redis.Redis(port=self.port) if self.outside else redis.Redis(unix_socket_path=str(self.socket))

    def worker(self, *options: str, queues: str = "train", **environment: object) -> Running:
        """A worker with a log of its own."""
        made = worker(self.folder, "--queues", queues, *options, **self.environment | environment)
        made.log = self.folder / f"worker-{len(self.processes)}.log"
        return self._kept(made)

    def whole_worker(self, **environment: object) -> Running:
        """A worker of both queues with beat: the smallest site that sweeps."""
        schedule = str(self.folder / f"schedule-{len(self.processes)}")
        return self.worker("--beat", "--schedule", schedule, queues="train,light", **environment)

    def close(self) -> None:
        for process in self.processes:
            if process.process:
                process.kill()

    def _kept(self, process: Running) -> Running:
        self.processes.append(process)
        return process


class Broker(Running):
    """A broker that answers by the time that the `with` block begins."""

    def __init__(self, command: list[str], log: Path, client: Callable[[], redis.Redis]) -> None:
        super().__init__(command, log)
        self.client = client

    def __enter__(self) -> "Broker":
        super().__enter__()
        wait_until(self.answers, "the broker answers")
        return self

    def answers(self) -> bool:
        try:
            return self.client().ping()
        except redis.ConnectionError:
            return False


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(**changes: object) -> TrainingJob:
    """Start a job as the admin does."""
    job = queued(**ASKED | changes)
    tasks.enqueue(job)
    return job


def now(job: TrainingJob) -> TrainingJob:
    job.refresh_from_db()
    return job


def wait_for_state(job: TrainingJob, *states: str) -> None:
    wait_until(lambda: now(job).state in states, f"{job} is {states}; it is {job.state}: {job.message}")


def wait_for_learning(job: TrainingJob, *, epoch: int = 2) -> None:
    wait_until(lambda: now(job).state == "running" and job.epoch >= epoch, f"{job} learns; {job.state} {job.message}")


def wait_for_attempt(job: TrainingJob, attempt: int) -> float:
    """Wait until the job runs in that attempt, or has ended in it; return how many seconds that took."""
    began = time.monotonic()
    wait_until(
        lambda: now(job).attempt >= attempt and job.state in ("running", "succeeded"),
        f"attempt {attempt} at {job} begins; it is {job.state} in attempt {job.attempt}: {job.message}",
    )
    return time.monotonic() - began


def killed_somewhere(moments: random.Random, kill_it: Callable[[TrainingJob], None]) -> TrainingJob:
    """A job met by `kill_it` at a random moment: while it gets ready, or at any share of its learning.

    A row says only once a second how far its job is, so a moment near the end can pass unseen, and a kill can come just
    as the job ends: then nothing was interrupted, and another job and moment are tried.
    """
    while True:
        job, share = start(), moments.uniform(-0.1, 0.95)
        wait_until(lambda job=job, share=share: is_as_far_as(now(job), share), f"{job} has come as far as {share:.2f}")
        time.sleep(moments.uniform(0.0, 0.2))
        if now(job).state == "running":
            kill_it(job)
        if now(job).state != "succeeded":
            return job


def is_as_far_as(job: TrainingJob, share: float) -> bool:
    return job.state == "succeeded" or (job.state == "running" and done(job) > share)


def process_of(job: TrainingJob) -> int:
    """The number of the process that trains."""
    return int(now(job).worker_process.split("/")[1])


def kill(number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # its job ended just now
        os.kill(number, signal.SIGKILL)


def parameters_of(job: TrainingJob) -> str:
    return now(job).version.provenance["parameters_sha256"]


def trained() -> int:
    """How many versions jobs have made; workers that measure register those that are shipped, too."""
    return ModelVersion.objects.filter(source=ModelVersion.Source.TRAINED).count()
