"""The steps of the demo; each prints the command that a user would type and its true output."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SAMPLE = Path("cassettes/samples/walk.yaml")
BIN = Path(sys.executable).parent

QUERY = "visibility=public&__os_type=Linux&limit=2"

CLIENT = """
import sys, requests
root, kept = sys.argv[1], open(sys.argv[2], "wb")
path = "/v2/images?limit=7"
while path:
    answer = requests.get(root + path, timeout=10)
    answer.raise_for_status()
    kept.write(answer.content)
    page = answer.json()
    names = ", ".join(str(image["name"])[:18] for image in page["images"][:3])
    print(f"{len(page['images'])} images  {answer.headers['X-Glancetape']:22} {names}, ...")
    path = page.get("next")
"""


def say(text: str) -> None:
    """Print a heading."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


@contextmanager
def proxy(*arguments: str) -> Iterator[str]:
    """Run glancetape in the background; gives its URL, shows its summary at the end."""
    shown = [one.removeprefix(f"{Path(__file__).parent.parent}/") for one in arguments]
    print("$", shlex.join(["glancetape", *shown]), "&", flush=True)
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


def client(url: str, kept: Path) -> bytes:
    """List all images with requests; gives all the bytes that it got."""
    print("$ python client.py", url, flush=True)
    subprocess.run([sys.executable, "-c", CLIENT, url, kept], check=True)
    return kept.read_bytes()


def show(cassette: Path) -> None:
    """Print the start of a cassette."""
    print("$ head -40", cassette.name)
    print("\n".join(cassette.read_text("utf-8").splitlines()[:40]))


def ask(url: str) -> None:
    """Ask for what is not recorded."""
    print("$ curl", shlex.quote(url), "| jq -r .error.message", flush=True)
    code = "import sys, requests; print(requests.get(sys.argv[1]).json()['error']['message'])"
    subprocess.run([sys.executable, "-c", code, url], check=True)


def image_set() -> None:
    """Generate an image set, and ask it what nobody recorded."""
    run("glancetape generate --count 10000 --seed 7 --out region.images")
    print("$ glancetape query region.images", shlex.quote(QUERY), "| jq -r '.images[].name, .next'")
    answer = run(f"glancetape query region.images {shlex.quote(QUERY)}", shown=False)
    page = json.loads(answer)
    print("\n".join([*(str(image["name"]) for image in page["images"]), page["next"]]), flush=True)


def run(command: str, *, shown: bool = True) -> str:
    """Run a line of the shell with our programs first; gives its output."""
    if shown:
        print("$", command, flush=True)
    found = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    return subprocess.run(
        command, shell=True, check=True, stdout=subprocess.PIPE, text=True, env=found
    ).stdout


def main() -> None:
    """Run the steps in a folder of their own."""
    sample = SAMPLE.resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        cassette = Path("demo.yaml")
        say("1. A recorded Glance plays the cloud. A client lists its images through the recorder.")
        with (
            proxy("replay", str(sample)) as cloud,
            proxy("record", "--upstream", cloud, "--cassette", str(cassette)) as recorder,
        ):
            live = client(recorder, Path("live.json"))
        say("2. The cloud is gone. This is what the cassette looks like:")
        show(cassette)
        say("3. The same client, from the cassette, without a network:")
        with proxy("replay", str(cassette)) as player:
            replayed = client(player, Path("replayed.json"))
            if live != replayed:
                sys.exit("the bytes differ")
            print(f"$ cmp live.json replayed.json\nall {len(live)} bytes are the same")
            say("4. A question that was not recorded is refused, and the refusal helps:")
            ask(f"{player}/v2/images?limit=9")
        say("5. An image set answers any question: filters, order and pages as the cloud has them.")
        image_set()


if __name__ == "__main__":
    main()
