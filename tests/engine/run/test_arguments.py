"""Command-line arguments are found by reading, with their defaults."""
from __future__ import annotations

import ast
import textwrap

from kerashift.engine.run.arguments import UNKNOWN, Argument, command_line_arguments


def found(source: str) -> dict[str, Argument]:
    tree = ast.parse(textwrap.dedent(source))
    return {argument.name: argument for argument in command_line_arguments(tree)}


def test_argparse_arguments_have_their_defaults_choices_and_help() -> None:
    arguments = found("""
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("data", help="folder")
    parser.add_argument("-e", "--epochs", type=int, default=10, help="how long")
    parser.add_argument("--model", choices=["small", "large"], default="small")
    parser.add_argument("--layers", nargs="+", default=[64, 32])
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--out", default=os.path.join("a", "b"))
    parser.add_argument("--seed", required=True)
    """)
    assert list(arguments) == [
        "data", "--epochs", "--model", "--layers", "--fast", "--out", "--seed"
    ]  # fmt: skip
    assert arguments["data"].required
    assert (arguments["--epochs"].default, arguments["--epochs"].help) == ("10", "how long")
    assert arguments["--model"].choices == ("small", "large")
    assert arguments["--layers"].default == "64 32"
    assert arguments["--fast"].is_switch
    assert arguments["--out"].default == UNKNOWN
    assert arguments["--seed"].required


def test_absl_flags_and_click_options_are_found_too() -> None:
    arguments = found("""
    from absl import flags
    import click
    flags.DEFINE_integer("steps", 100, "how many")
    flags.DEFINE_enum("mode", "train", ["train", "test"], "what")
    flags.DEFINE_bool("debug", False, "say more")

    @click.command()
    @click.option("--rate", default=0.1, help="learning rate")
    @click.option("--verbose", is_flag=True)
    def main(rate, verbose): ...
    """)
    assert (arguments["--steps"].default, arguments["--steps"].help) == ("100", "how many")
    assert arguments["--mode"].choices == ("train", "test")
    assert arguments["--debug"].is_switch
    assert arguments["--rate"].default == "0.1"
    assert arguments["--verbose"].is_switch


def test_other_calls_of_that_name_without_a_text_are_passed_over() -> None:
    assert not found("menu.add_argument(name)\nclick.option()\nother.option('--x')\n")
