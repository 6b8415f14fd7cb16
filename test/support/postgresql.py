"""Runs a PostgreSQL server out of the test jar: unpacks it, makes a database beside it and becomes the server.

Python, because Node has no xz. The server ends with the process that started this one, however that one ends.
"""

import argparse
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import tarfile
import zipfile

NOBODY = 65534
PR_SET_PDEATHSIG = 1


def unpack(jar: pathlib.Path, home: pathlib.Path) -> None:
    """The jar holds one .txz with bin/, lib/ and share/."""
    with zipfile.ZipFile(jar) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".txz"))
        with archive.open(name) as txz, tarfile.open(fileobj=txz, mode="r|xz") as tar:
            tar.extractall(home, filter="data")


def leave_root(data: pathlib.Path) -> None:
    """PostgreSQL refuses to run as root: it runs as nobody, who owns nothing but the data folder."""
    os.chown(data, NOBODY, NOBODY)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jar", type=pathlib.Path, required=True)
    parser.add_argument("--home", type=pathlib.Path, required=True, help="an empty folder every user can enter")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--durable", action="store_true", help="as a server is set up by default, which is slower")
    args = parser.parse_args()
    parent = os.getppid()
    password = sys.stdin.readline().strip()

    data = args.home / "data"
    data.mkdir()
    unpack(args.jar, args.home)
    os.chdir(args.home)
    if os.getuid() == 0:
        leave_root(data)
    # After leaving root: the change of user clears it. It survives exec.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        sys.exit("the process that wanted the server has ended")

    subprocess.run(
        [
            args.home / "bin" / "initdb",
            *("--pgdata", data / "cluster", "--username", "millrace", "--encoding", "UTF8", "--locale", "C"),
            *("--auth", "scram-sha-256", "--pwfile", "/dev/stdin", "--no-sync"),
        ],
        input=password,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": args.port,
        "unix_socket_directories": "",
        "max_connections": 20,
    }
    if not args.durable:
        settings |= {"fsync": "off", "shared_buffers": "32MB"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    os.execv(
        args.home / "bin" / "postgres", [str(args.home / "bin" / "postgres"), "-D", str(data / "cluster"), *options]
    )


if __name__ == "__main__":
    main()
