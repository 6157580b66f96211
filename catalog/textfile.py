"""Files that people edit, as text: whatever else stands under the name is one finding, never an exception."""

from __future__ import annotations

import stat
from pathlib import Path

from catalog.errors import finding

BYTE_ORDER_MARK = "\ufeff"


def read_text(root: Path, path: Path) -> str:
    """The text of `root`/`path`. Raises CatalogError for what is no regular UTF-8 file, FileNotFoundError for none."""
    found = root / path
    try:
        # A pipe or device would be waited for without end.
        if not stat.S_ISREG(found.stat().st_mode):
            raise finding(path, 0, "this is no regular file", fix="put the text here, or take the name away")
        text = found.read_text(encoding="utf-8")
    except FileNotFoundError:
        if found.is_symlink():
            raise finding(path, 0, "this link points nowhere", fix="put the text here, or remove the link") from None
        raise
    except UnicodeDecodeError:
        raise finding(path, 0, "the file is not UTF-8 text", fix="save it as UTF-8") from None
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise finding(path, 0, f"the file cannot be read: {reason}", fix="make it a readable file") from None
    if text.startswith(BYTE_ORDER_MARK):
        fix = "save it as UTF-8 without byte-order mark (BOM)"
        raise finding(path, 1, "the file begins with an invisible byte-order mark", fix=fix)
    return text
