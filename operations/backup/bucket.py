"""A bucket, such as that of a stack's backups, read and written with errors as operations state them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud.storage import Blob, Client
from google.cloud.storage.retry import DEFAULT_RETRY

from operations.backup.backup_facts import File
from operations.clients import CALL_SECONDS, RETRY_SECONDS, answering, storage_client
from operations.errors import CloudError
from outputs import StackOutputs

RETRY = DEFAULT_RETRY.with_timeout(RETRY_SECONDS)


class Bucket:
    """Objects of one bucket."""

    def __init__(self, client: Client, name: str) -> None:
        self._client, self.name = client, name

    @classmethod
    def of(cls, outputs: StackOutputs) -> Bucket:
        """The backup bucket of a deployed stack."""
        return cls(storage_client(outputs.project), outputs.backup_bucket)

    def uri(self, name: str) -> str:
        """`gs://BUCKET/NAME`."""
        return f"gs://{self.name}/{name}"

    def folders(self) -> list[str]:
        """The folders on top, without their slash. Errors: CloudError."""
        with self._answering(""):
            found = self._client.list_blobs(self.name, delimiter="/", timeout=CALL_SECONDS, retry=RETRY)
            for _ in found:  # the prefixes are there when the pages were read
                pass
            return sorted(prefix.rstrip("/") for prefix in found.prefixes)

    def files(self, prefix: str) -> list[File]:
        """The objects whose names begin so. Errors: CloudError."""
        with self._answering(prefix):
            blobs = self._client.list_blobs(self.name, prefix=prefix, timeout=CALL_SECONDS, retry=RETRY)
            return [File(blob.name, int(blob.size or 0), blob.crc32c or "", blob.md5_hash or "") for blob in blobs]

    def written(self) -> dict[str, datetime]:
        """When the newest object of each folder on top was written. Errors: CloudError."""
        found: dict[str, datetime] = {}
        with self._answering(""):
            for blob in self._client.list_blobs(self.name, timeout=CALL_SECONDS, retry=RETRY):
                folder, made = blob.name.split("/")[0], blob.time_created
                found[folder] = max(found.get(folder, made), made)
        return found

    def kept(self) -> timedelta | None:
        """How long an object lives: the lifecycle's age and what soft delete adds; None where nothing ends it.

        Errors: CloudError.
        """
        with self._answering(""):
            bucket = self._client.get_bucket(self.name, timeout=CALL_SECONDS, retry=RETRY)
        ages = [
            int(rule["condition"]["age"])
            for rule in bucket.lifecycle_rules
            if rule["action"]["type"] == "Delete" and rule["condition"].keys() == {"age"}
        ]
        soft = int(bucket.soft_delete_policy.retention_duration_seconds or 0)
        return timedelta(days=min(ages), seconds=soft) if ages else None

    def content(self, name: str) -> bytes:
        """What is in an object. Errors: CloudError."""
        with self._answering(name):
            return bytes(self._blob(name).download_as_bytes(timeout=CALL_SECONDS, retry=RETRY))

    def read(self, name: str) -> str:
        """An object's text. Errors: CloudError."""
        try:
            return self.content(name).decode()
        except UnicodeDecodeError:
            raise CloudError(
                f"{self.uri(name)} is no text in UTF-8", fix="look at the object; use another backup"
            ) from None

    def write(self, name: str, text: str) -> None:
        """A new object. Errors: CloudError, also when there is one of this name."""
        with self._answering(name):
            self._blob(name).upload_from_string(
                text, "application/json", if_generation_match=0, timeout=CALL_SECONDS, retry=RETRY
            )

    def _blob(self, name: str) -> Blob:
        return self._client.bucket(self.name).blob(name)

    @contextmanager
    def _answering(self, name: str) -> Iterator[None]:
        try:
            with answering(
                f"gs://{self.name}/{name}", fix="may this account use the bucket? (roles/storage.objectAdmin)"
            ):
                yield
        except CloudError as error:
            if isinstance(error.__cause__, NotFound):
                fix = f"is it there? gcloud storage ls gs://{self.name}; eros up makes the bucket"
                raise CloudError(f"gs://{self.name}/{name} does not exist", fix=fix) from error
            if isinstance(error.__cause__, PreconditionFailed):
                raise CloudError(f"gs://{self.name}/{name} is there already", fix="run the command again") from error
            raise
