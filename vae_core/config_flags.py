"""Command-line flags from the fields of TrainConfig and its parts, and back."""

import argparse
import dataclasses
import shlex

from vae_core.common.errors import BadInput, look_up
from vae_core.common.fields import Option, name_of, options
from vae_core.config import PARTS, TrainConfig


def flag_name(name: str) -> str:
    """Return the flag of a field."""
    return "--steps" if name == "n_steps" else "--" + name.replace("_", "-")


def option_parser(opt: Option):
    """Return a parser from a flag's text to the option's value, with errors for argparse."""

    def parse(text: str):
        if opt.optional and text.lower() == "none":
            return None
        try:
            value = {"true": True, "false": False}[text.lower()] if opt.type is bool else opt.type(text)
        except (ValueError, KeyError):
            value = text
        try:
            return opt.check(value)
        except BadInput as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse


def options_by_field() -> dict[str, list[tuple[str, str, Option]]]:
    """Return (part, variant, option) of each variant that has a field, by the field's name."""
    found: dict[str, list[tuple[str, str, Option]]] = {}
    for part, registry in PARTS.items():
        for variant, cls in registry.items():
            for opt in options(cls):
                found.setdefault(opt.name, []).append((part, variant, opt))
    return found


def add_config_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for each field of TrainConfig and of every variant of its parts."""
    group = parser.add_argument_group("configuration")
    for opt in options(TrainConfig):
        group.add_argument(
            flag_name(opt.name), dest=opt.name, type=option_parser(opt), metavar=opt.type.__name__,
            default=argparse.SUPPRESS, help=f"{opt.help} ({opt.allowed}; default {opt.default})",
        )  # fmt: skip
    for part, registry in PARTS.items():
        group.add_argument(flag_name(part), dest=part, metavar="NAME", help=f"one of {', '.join(sorted(registry))}")
    settings = parser.add_argument_group("settings of the chosen parts")
    for name, places in options_by_field().items():
        variants = ", ".join(dict.fromkeys(variant for _, variant, _ in places))
        opt = places[0][2]
        settings.add_argument(
            flag_name(name), dest=f"part.{name}", metavar=opt.type.__name__,
            help=f"[{variants}] {opt.help} ({opt.allowed}; default {opt.default})",
        )  # fmt: skip


def config_from_args(args: argparse.Namespace) -> TrainConfig:
    """Return the configuration given by the flags.

    Raises:
        BadInput: A setting that none of the chosen parts has.
    """
    given = {opt.name: getattr(args, opt.name) for opt in options(TrainConfig) if opt.name in args}
    defaults = TrainConfig()
    chosen = {}
    for part, registry in PARTS.items():
        name = getattr(args, part)
        chosen[part] = look_up(name, registry, part) if name else type(getattr(defaults, part))
    settings = {part: {} for part in PARTS}
    for name, places in options_by_field().items():
        text = getattr(args, f"part.{name}")
        if text is None:
            continue
        takers = [(part, opt) for part, variant, opt in places if PARTS[part][variant] is chosen[part]]
        if not takers:
            variants = ", ".join(f"{part} {variant}" for part, variant, _ in places)
            raise BadInput(f"{flag_name(name)} belongs to {variants}, none of which was chosen")
        for part, opt in takers:
            try:
                settings[part][name] = option_parser(opt)(text)
            except argparse.ArgumentTypeError as error:
                raise BadInput(str(error)) from None
    return TrainConfig(**given, **{part: cls(**settings[part]) for part, cls in chosen.items()})


def train_command(config: TrainConfig, out: str) -> str:
    """Return the command line that trains this configuration, without fields at their defaults."""
    words = ["python", "-m", "vae_core", "train"]
    defaults = TrainConfig()
    for opt in options(TrainConfig):
        if (value := getattr(config, opt.name)) != getattr(defaults, opt.name) or opt.name in ("dataset", "seed"):
            words += [flag_name(opt.name), str(value).lower() if value is None else str(value)]
    for part, registry in PARTS.items():
        recipe = getattr(config, part)
        words += [flag_name(part), name_of(recipe, registry)]
        for field in dataclasses.fields(recipe):
            if (value := getattr(recipe, field.name)) != field.default:
                words += [flag_name(field.name), str(value)]
    return shlex.join([*words, "--out", out])
