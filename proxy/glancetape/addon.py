"""`mitmdump -s proxy/glancetape/addon.py --set glancetape_replay=FILE`."""

from glancetape.wire.addon_hooks import Glancetape

addons = [Glancetape()]
