"""Analysis, rewriting and verification: everything that needs no window."""

from __future__ import annotations
