"""How the page of a week looks: colours of light and dark, a column a day, a list a day where there is no room."""

from operations.page_colours import COLOURS

LAYOUT = """
:root {
  --budget: #0b7a55; --mid: #1f5fbf; --premium: #8b2fb0; --bump: #8a6100; --plain: #4a4d57; }
@media (prefers-color-scheme: dark) { :root {
  --budget: #4fd0a0; --mid: #85b4ff; --premium: #d99af5; --bump: #e8bb55; --plain: #b5b8c4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 1.6rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; } ul { margin: .3rem 0; padding-left: 1.2rem; }
.state { color: var(--faint); } .withdrawn { text-decoration: line-through; }
.facts { display: flex; flex-wrap: wrap; gap: .6rem; margin: 0; }
.facts div { background: var(--shade); border-radius: .5rem; padding: .4rem .8rem; }
dt { color: var(--faint); font-size: .8rem; } dd { margin: 0; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .4rem; list-style: none; padding: 0; }
.week { display: grid; grid-template-columns: 3.2rem repeat(7, 1fr); gap: .4rem; }
.hours { position: relative; margin-top: 1.9rem; height: 1080px; color: var(--faint); font-size: .75rem; }
.hours span { position: absolute; transform: translateY(-.1rem); }
.day h3 { height: 1.6rem; }
.line { position: relative; height: 1080px; border-left: 1px solid var(--rule); background: var(--shade); }
.chip, article { --hue: var(--plain); }
.budget { --hue: var(--budget); } .mid { --hue: var(--mid); } .premium { --hue: var(--premium); }
.bump { --hue: var(--bump); }
.chip { display: inline-block; padding: 0 .4rem; font-size: .78rem; line-height: 18px; color: var(--hue);
  text-decoration: none; border: 1px solid var(--hue); white-space: nowrap; }
.line .chip { position: absolute; left: 2px; right: 36%; overflow: hidden; padding: 0 .2rem; font-size: .74rem; }
.line .chip.follows { left: 66%; right: 2px; }
.chip.sells { background: var(--hue); color: var(--ground); border-radius: 2px; }
.chip.free { border-radius: 9px; background: var(--ground); }
.chip.follows { border-style: dashed; background: var(--ground); }
article { border-left: 4px solid var(--hue); background: var(--shade); padding: .6rem .8rem; margin: .6rem 0;
  scroll-margin-top: 1rem; }
article:target { outline: 2px solid var(--hue); }
article p { margin: 0; color: var(--faint); }
blockquote { margin: .4rem 0; white-space: pre-wrap; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--rule); }
th { color: var(--faint); font-size: .8rem; font-weight: 600; } .count { text-align: right; }
@media (max-width: 760px) {
  .week { display: block; } .hours { display: none; }
  .day { margin-bottom: .8rem; } .day h3 { height: auto; }
  .line { height: auto; padding: .3rem; } .line .chip { position: static; margin: .15rem; }
}
"""
STYLE = f"{COLOURS}{LAYOUT}"
