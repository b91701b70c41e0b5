"""The style sheet of the page: colours in light and dark, and the grid of cards."""

# Text and cards; plain bars; then the colours of parts in their order, and of others.
# Colour-blind people can distinguish them too, and each has its name beside it.
LIGHT = {
    "page": "#f3f5f8",
    "card": "#ffffff",
    "edge": "#dfe4eb",
    "ink": "#17212f",
    "soft": "#566274",
    "plain": "#64799a",
    "c0": "#245b9f",
    "c1": "#d68f2e",
    "c2": "#24958f",
    "c3": "#8b2e55",
    "others": "#b9c1cc",
}
DARK = {
    "page": "#11151b",
    "card": "#1a1f28",
    "edge": "#303846",
    "ink": "#e9edf3",
    "soft": "#a3afbf",
    "plain": "#8295b0",
    "c0": "#5499dc",
    "c1": "#f0cd6e",
    "c2": "#6fdedb",
    "c3": "#d9755f",
    "others": "#525d6c",
}

FILLS = ("plain", "c0", "c1", "c2", "c3", "others")

_RULES = """
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,-apple-system,
"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1180px;margin:0 auto;padding:36px 28px 28px}
h1{margin:0;font-size:30px;line-height:1.2;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{margin:0;font-size:16px;line-height:1.3}
p{margin:0}
small{font-size:12px}
.soft{color:var(--soft)}
.mono{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.kicker{color:var(--c0);font-size:12px;font-weight:700;letter-spacing:.09em;
text-transform:uppercase;margin-bottom:4px}
.facts{display:flex;flex-wrap:wrap;gap:4px 28px;margin:10px 0 0;padding:0;font-size:14px}
.facts div{display:flex;gap:7px;min-width:0}
.facts dt{color:var(--soft);white-space:nowrap}
.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
.tiles,.row{display:flex;flex-wrap:wrap;gap:16px;margin-top:16px}
.tiles{margin-top:24px}
.tile,.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;min-width:0}
.tile{flex:1 1 170px;padding:14px 18px}
.tile b{display:block;font-size:25px;line-height:1.25;letter-spacing:-.01em}
.tile span{font-size:13px}
.card{flex:1 1 300px;padding:18px 20px 20px}
.wide{flex:2 1 480px}
.pile{flex:1 1 300px;display:flex;flex-direction:column;gap:16px}.pile .card{flex:1 0 auto}
.lead{font-size:14px;color:var(--soft);margin-top:2px}
.bars,.key{list-style:none;margin:14px 0 0;padding:0}
.bars{display:grid;grid-template-columns:fit-content(46%) minmax(40px,1fr) auto auto;
gap:7px 12px;align-items:center;font-size:14px}
.bars li{display:contents}
.name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
.bar{display:block;width:100%}
.count,.share{text-align:right}
.share{min-width:2.6em;font-size:13px}
.ids .name{display:flex;align-items:center;gap:6px;font:12.5px/1.6 ui-monospace,
SFMono-Regular,Menlo,Consolas,monospace}
.badge{font:600 11px/1.5 system-ui,sans-serif;color:var(--c0);border:1px solid;border-radius:8px;
padding:0 6px;flex:none}
.ids bdi{overflow:hidden;text-overflow:ellipsis}
.key{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px}
.key li{display:flex;align-items:center;gap:6px;min-width:0;overflow-wrap:anywhere}
.key svg{flex:none}
.plot{display:block;overflow:visible;margin-top:14px}
.plot text{font-size:12px;fill:var(--soft)}
.grid{stroke:var(--edge)}.axis{stroke:var(--soft)}
.hit{fill:transparent}.step:hover .hit{fill:var(--edge);fill-opacity:.6}
.named{fill:var(--c0)}.unnamed{fill:var(--plain)}
.under{text-align:right;font-size:12px;color:var(--soft);margin-top:-16px}
footer{margin-top:22px;font-size:13px;color:var(--soft)}
@media (max-width:640px){main{padding:22px 14px}h1{font-size:24px}.card{padding:16px}
.tile{flex-basis:130px;padding:11px 14px}.tile b{font-size:20px}
.row,.tiles{gap:12px;margin-top:12px}.facts{flex-direction:column}
.ids .bars{display:block}
.ids li{display:grid;grid-template-columns:minmax(0,1fr) auto auto;gap:2px 10px;margin-bottom:9px}
.ids .bar{grid-area:2/1/3/-1}}
@media print{body{background:none}.card,.tile{break-inside:avoid}}
"""


def style() -> str:
    """Return the style sheet."""
    fills = "".join(f".{name}{{fill:var(--{name})}}" for name in FILLS)
    return (
        f":root{{{_variables(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}{_RULES}{fills}"
    )


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())
