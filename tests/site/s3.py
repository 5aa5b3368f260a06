"""An S3-compatible server for tests: moto's, in a process of its own, spoken to over HTTP on loopback.

It keeps what it is given in memory. Amazon's own rights and consistency are not tested by it."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from digits_site.environment import Bucket
from tests.faults.site import free_port
from tests.training.processes import Running, wait_until

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test-secret"}


class Server:
    """A running server with a bucket."""

    def __init__(self, process: Running, address: str, bucket: str) -> None:
        self.process, self.address, self.bucket = process, address, bucket

    @property
    def client(self):
        """A client of our own, that looks past the site."""
        quick = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})
        return boto3.client("s3", endpoint_url=self.address, region_name="us-east-1", config=quick, **KEYS)

    def names(self) -> list[str]:
        return [entry["Key"] for entry in self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """It takes connections and never answers, as behind a network that fails; then it is back with what it had."""
        os.killpg(self.process.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.process.pid, signal.SIGCONT)

    def variables(self, **more: str) -> dict[str, str]:
        """How the site is told of it."""
        keys = {"S3_ACCESS_KEY": KEYS["aws_access_key_id"], "S3_SECRET_KEY": KEYS["aws_secret_access_key"]}
        return {"S3_BUCKET": self.bucket, "S3_ENDPOINT_URL": self.address, "S3_REGION": "us-east-1", **keys, **more}

    def described(self, *, bucket: str | None = None, timeout_seconds: float = 5.0) -> Bucket:
        """The same as the settings describe it."""
        return Bucket(
            name=bucket or self.bucket,
            endpoint_url=self.address,
            region="us-east-1",
            access_key=KEYS["aws_access_key_id"],
            secret_key=KEYS["aws_secret_access_key"],
            prefix="site",
            timeout_seconds=timeout_seconds,
        )


@contextlib.contextmanager
def server(folder: Path, *, bucket: str = "digits") -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with Running(command, folder / "moto.log", dict(os.environ)) as process:
        made = Server(process, f"http://127.0.0.1:{port}", bucket)
        wait_until(lambda: _answers(made), "moto's server answers")
        made.client.create_bucket(Bucket=bucket)
        yield made


def _answers(made: Server) -> bool:
    try:
        made.client.list_buckets()
    except BotoCoreError:
        return False
    return True
