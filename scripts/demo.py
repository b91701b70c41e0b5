"""The steps of the demo; each prints the command that a user would type and its true output."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
FILTERED = "visibility=private&__os_type=Linux&sort_key=name&sort_dir=asc&limit=3"
UNKNOWN = "visibility=shared&member_status=pending"
DEEP = "__os_type=Windows&sort_key=size&sort_dir=asc&limit=2"
IMAGES = 100_000
ROOM_FOR_ONE = 6000  # bytes on the disk for an image, while a set is made

# Asks as any client of the cloud does: requests, a token, and nothing of ours.
CLIENT = """
import sys, requests
root, query, ask_on = sys.argv[1:]
path = "/v2/images?" + query
while path:
    answer = requests.get(root + path, headers={"X-Auth-Token": "a-token"}, timeout=60)
    page = answer.json()
    if "images" not in page:
        print(answer.status_code, page["error"]["message"])
        break
    names = ", ".join(str(image["name"])[:20] for image in page["images"][:3])
    print(f"{len(page['images']):2} images  {answer.headers['X-Glancetape']:26} {names}, ...")
    path = page.get("next") if ask_on == "walk" else None
"""
CURL = """
import sys, requests
answer = requests.get(sys.argv[1], headers={"X-Auth-Token": "a-token"}, timeout=60)
sys.stdout.buffer.write(answer.content)
"""


def say(text: str) -> None:
    """Print a heading."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


@contextmanager
def proxy(*arguments: str) -> Iterator[str]:
    """Run glancetape in the background; gives its URL, shows its summary at the end."""
    print("$", shlex.join(["glancetape", *arguments]), "&", flush=True)
    process = subprocess.Popen(
        [BIN / "glancetape", *arguments, "--listen", "127.0.0.1:0", "-q"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://\S+", line)
    if found is None:
        sys.exit(line + process.stderr.read())
    try:
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        print(process.stderr.read().strip(), flush=True)
        process.wait(20)


def client(url: str, query: str, *, walk: bool = False) -> None:
    """List images with requests, one page or all of them."""
    print("$ python client.py", shlex.quote(f"{url}/v2/images?{query}"), flush=True)
    ask_on = "walk" if walk else "page"
    subprocess.run([sys.executable, "-c", CLIENT, url, query, ask_on], check=True)


def page(url: str, query: str) -> dict[str, Any]:
    """Ask for one page; nothing is shown."""
    asked = f"{url}/v2/images?{query}"
    answer = subprocess.run([sys.executable, "-c", CURL, asked], check=True, capture_output=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def run(command: str) -> None:
    """Run a line of the shell with our programs first."""
    print("$", command, flush=True)
    found = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    subprocess.run(command, shell=True, check=True, env=found)


def size_of_large_set(arguments: list[str]) -> int:
    """How many images the large set gets; ends the demo for anything but a number."""
    match arguments:
        case []:
            return IMAGES
        case [number] if number.isascii() and number.isdigit() and int(number):
            return int(number)
    sys.exit("usage: scripts/demo [IMAGES]")


def main() -> None:
    """Run the steps in a folder of their own."""
    count = size_of_large_set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        say("1. A small cloud: 60 images of several projects, served as the cloud serves them.")
        run("glancetape generate --count 60 --spec tenant --seed 7 --out cloud.images")
        with proxy("replay", "cloud.images") as cloud:
            say("2. A client lists the images of its project, three pages, through the recorder.")
            with proxy(
                "record", "--upstream", cloud, "--cassette", "tape.yaml", "--keep-ids"
            ) as recorder:
                client(recorder, "limit=12", walk=True)
            expected = page(cloud, FILTERED)
        say("3. The cloud is gone. The recording answers what it has, byte for byte ...")
        with proxy("replay", "tape.yaml") as player:
            client(player, "limit=12", walk=True)
            say("4. ... and a filter and an order that were never recorded: it proves the page.")
            client(player, FILTERED)
            if page(player, FILTERED) != expected:
                sys.exit("the cloud's page was another")
            print("the page is the cloud's own: images, order and links")
            say("5. What it cannot know it refuses, and says what would help:")
            client(player, UNKNOWN)
        if shutil.disk_usage(folder).free < count * ROOM_FOR_ONE:
            sys.exit(f"{folder} has no room for {count:,} images; TMPDIR names another folder")
        say(f"6. Any size: {count:,} images, and the same questions.")
        run(f"glancetape generate --count {count} --seed 7 --out big.images")
        with proxy("replay", "big.images") as player:
            client(player, DEEP)
        if count == IMAGES:
            print("\nFor a set of a million images: scripts/demo 1000000")


if __name__ == "__main__":
    main()
