"""Icons, styles and the sample project."""
from __future__ import annotations
