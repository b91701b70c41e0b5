"""How fast glancetape is, as ratios to bare mitmproxy and to vcrpy.

Both sides of a ratio run in turns, within one run, so that a busy machine slows both alike.
"""
