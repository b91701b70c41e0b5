"""`mitmdump -s proxy/glancetape/addon.py --set glancetape_replay=FILE`."""

from glancetape.hooks import Glancetape

addons = [Glancetape()]
