"""A folder of a bucket on an S3-compatible server, that behaves as a folder of this machine does.

What the server says no to becomes an OSError: FileNotFoundError for what is not there, StorageAwayError for all else.
Whoever keeps files then needs to know nothing of buckets. Left out on purpose: addresses for browsers. Files leave
through Django's views alone, which ask who may see them."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.utils.deconstruct import deconstructible
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from recognizer.storing import StorageAwayError

logger = logging.getLogger(__name__)

# Up to so much of a file is held in memory, the rest on the disk.
MEMORY_BYTES = 8 * 1024 * 1024
BLOCK_BYTES = 1 << 20
ATTEMPTS = 2


@deconstructible
class BucketFolder(S3Storage):
    """Django's storage in a bucket: written in one request or by parts, whole or not at all."""

    def __init__(self, *, timeout_seconds: float = 5.0, **options: Any) -> None:
        self.timeout_seconds = timeout_seconds
        config = Config(
            connect_timeout=min(timeout_seconds, 2.0),
            read_timeout=timeout_seconds,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            # Servers other than Amazon's know no checksums of the newest kinds.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"},
        )
        fixed = {"client_config": config, "transfer_config": TransferConfig(use_threads=False), "file_overwrite": False}
        # Else `.jsonl.gz` would be announced as something that is to be unpacked on the way.
        fixed["object_parameters"] = {"ContentType": "application/octet-stream"}
        super().__init__(**fixed, **options)

    @property
    def connection(self) -> Any:
        """One for each thread, and anew after a fork: two processes must not talk through one socket."""
        if getattr(self._connections, "pid", None) != os.getpid():
            self._connections.connection, self._connections.pid = None, os.getpid()
        return super().connection

    @property
    def bucket(self) -> Any:
        return self.connection.Bucket(self.bucket_name)

    def check(self) -> None:
        """Raise StorageAwayError unless the bucket is there and may be looked into."""
        with self._asking("the bucket"):
            self._client.list_objects_v2(Bucket=self.bucket_name, Prefix=self.location, MaxKeys=1)

    def _open(self, name: str, mode: str = "rb") -> File:
        """The whole file, fetched: whoever has it open reads on when the server goes away."""
        if mode != "rb":
            raise ValueError(f"Files in a bucket are read as bytes and written whole, not opened as {mode!r}.")
        file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 (whoever asked closes it)
        try:
            with self._asking(name):
                answer = self._client.get_object(Bucket=self.bucket_name, Key=self._key(name))
                shutil.copyfileobj(answer["Body"], file, BLOCK_BYTES)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return File(file, name)

    def _save(self, name: str, content: File) -> str:
        with self._asking(name):
            return super()._save(name, content)

    def delete(self, name: str) -> None:
        with self._asking(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        with self._asking(name):
            return super().exists(name)

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with self._asking(name):
            return super().listdir(name)

    def size(self, name: str) -> int:
        with self._asking(name):
            return super().size(name)

    def get_modified_time(self, name: str) -> datetime:
        with self._asking(name):
            return super().get_modified_time(name)

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _key(self, name: str) -> str:
        return self._normalize_name(clean_name(name))

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("404", "NoSuchKey"):
                raise FileNotFoundError(f"{name} is not in the bucket {self.bucket_name}") from error
            raise self._away(f"refused {name} ({code}): see that S3_BUCKET is there and the keys may use it") from error
        except (BotoCoreError, Boto3Error) as error:
            logger.warning("The object storage failed at %s: %s", name, error)
            raise self._away("does not answer: see S3_ENDPOINT_URL, and that its server runs") from error

    @staticmethod
    def _away(what: str) -> StorageAwayError:
        return StorageAwayError(f"the object storage {what}")
