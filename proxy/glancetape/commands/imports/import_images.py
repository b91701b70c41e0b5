"""The command import: a cassette from what another tool saved, or an image set.

`import` is a keyword of Python, so the module has another name than its command.
"""

from pathlib import Path

import click

from glancetape.commands.imports.import_options import (
    Reading,
    Sharing,
    Task,
    reading_options,
    sharing_options,
)
from glancetape.commands.imports.into_cassette import check_for_cassette, make_cassette
from glancetape.commands.imports.into_set import check_for_set, make_part, make_set
from glancetape.commands.shared_options import (
    ImageSetOptions,
    about_set,
    command,
    force_option,
    image_set_options,
    name_to_store,
    path,
    settings_options,
    workers_option,
)
from glancetape.options import Settings
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.plain_names import why_not_plain

_OF_CASSETTES = (".yaml", ".yml")
_SETTINGS = ("keystone", "only", "keep_ids", "key_file", "keep_header", "sensitive")


@command("import", "Make a cassette or an image set from files of other tools.")
@click.argument("file", metavar="FILE", type=path)
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=path,
    help="The file to make. A cassette if its name ends in .yaml, otherwise an image set.",
)
@image_set_options(
    default_project="from NDJSON, the one with most images that are not public; from a cassette, "
    "the only one recorded",
    default_dialect="from NDJSON, ims if images have __isregistered, otherwise glance; from a "
    "cassette, the one recognised",
)
@sharing_options
@settings_options(*_SETTINGS)
@reading_options
@force_option
@workers_option
def import_images(
    file: Path,
    *,
    out: Path,
    options: ImageSetOptions,
    sharing: Sharing,
    settings: Settings,
    reading: Reading,
    force: bool,
    workers: int | None,
) -> None:
    """Make a cassette or an image set from files of other tools.

    A cassette (--out new.yaml) is made from recorded traffic: a HAR file, a flow file of
    mitmproxy, a cassette of another recorder, a log of `openstack --debug`, the output of curl -i
    or -v, pages, a folder of pages, or stubs of WireMock. Only requests to the image service and to
    Keystone are kept, and secrets are removed as recording does.

    An image set is made from NDJSON, or from any of these. NDJSON has one image on each line, in
    the fields of the API. A line may also have
    "members": [{"member_id": ID, "status": "accepted"}].
    From a cassette, the set gets the images that one project saw, as they were last recorded;
    --home-project names that project. Secrets in the images are replaced by REDACTED. An image set
    of an older version is converted. With --pseudonymise or --sample, the images may also be those
    of an image set.

    The file is written whole or not at all.
    """
    with errors_as_sentences():
        if why := why_not_plain(out):
            raise BadParameter(f"--out {why}")
        if out.suffix in _OF_CASSETTES:
            check_for_cassette(file, out, options, sharing=sharing, workers=workers)
            make_cassette(file, out, reading, settings, force=force)
            return
        check_for_set(reading, settings)
        about = about_set("import", name_to_store(file), options)
        task = Task(file=file, out=out, about=about, force=force, workers=workers)
        make = make_part if sharing.is_asked else make_set
        with removed_when_ended():
            said = make(task, sharing, settings, reading)
        for line in said:
            click.echo(escape(line), err=True)
