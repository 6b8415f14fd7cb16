"""Buckets as folders: local Spark reads and writes `<folder>/<bucket>/<key>` where EMR uses `s3://<bucket>/<key>`."""

import re
import zipfile
from pathlib import Path

from ministack.services import s3

_URI = re.compile(r"s3a?://([a-z0-9.-]+)/?([^\s,]*)")


def to_local(argument, folder: Path):
    """The argument with local paths for URIs; what lies under them in the emulator's S3 is there, too."""

    def replace(match):
        bucket, key = match.groups()
        _download(bucket, key, folder)
        return str(_place(folder, bucket, key))

    return _URI.sub(replace, argument)


def fetch_script(uri, packages, work: Path):
    work.mkdir(parents=True, exist_ok=True)
    script = work / "step.py"
    script.write_bytes(_read(uri))
    for package in packages:
        archive = work / "package.zip"
        archive.write_bytes(_read(package))
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(work)
    return script


def upload(folder: Path):
    """What Spark has written or removed, into the emulator's S3."""
    root = folder / "s3"
    for bucket in list(s3._buckets):
        top = root / bucket
        if not top.is_dir():
            continue
        objects = s3._buckets[bucket]["objects"]
        files = {
            str(path.relative_to(top)): path
            for path in top.rglob("*")
            if path.is_file() and not path.name.endswith(".crc")
        }
        for key, path in files.items():
            if key not in objects or objects[key].get("size") != path.stat().st_size:
                s3._put_object(bucket, key, path.read_bytes(), {})


def _place(folder, bucket, key):
    return folder / "s3" / bucket / key


def _download(bucket, prefix, folder):
    if bucket not in s3._buckets:
        raise ValueError(f"bucket {bucket} must be there, got none")
    for key in list(s3._buckets[bucket]["objects"]):
        if key == prefix or key.startswith(f"{prefix.rstrip('/')}/"):
            target = _place(folder, bucket, key)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(s3._get_object_data(bucket, key))


def _read(uri):
    bucket, key = _URI.fullmatch(uri).groups()
    data = s3._get_object_data(bucket, key)
    if data is None:
        raise ValueError(f"object {uri} must be there, got none")
    return data
