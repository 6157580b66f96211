"""The colours that all pages of the house share, light and dark; what only one page has is its own style sheet's."""

COLOURS = """
:root { color-scheme: light dark; --ground: #fcfcfb; --panel: #fff; --shade: #f3f4f6; --ink: #1b1c20; --faint: #5f626d;
  --rule: #dfe0e5; --link: #1d54b4; }
@media (prefers-color-scheme: dark) { :root { --ground: #131417; --panel: #191b1f; --shade: #22252b; --ink: #e6e7ec;
  --faint: #9da1ae; --rule: #2c2f36; --link: #8db4ff; } }
"""
