"""Entry points and wiring: command line, desktop start-up, settings."""
from __future__ import annotations
