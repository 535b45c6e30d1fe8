"""The window: Qt widgets over the engine's session."""

from __future__ import annotations
