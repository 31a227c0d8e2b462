"""Arguments of ``hbfp cache``."""

import argparse

SUMMARY, LIST, PRUNE = ACTIONS = ("summary", "list", "prune")

EXAMPLES = (
    "hbfp cache                      sizes by kind",
    "hbfp cache list                 every entry, the least recently used first",
    "hbfp cache prune                remove the least recently used beyond the limit",
    "hbfp cache prune --limit 500M",
    "hbfp cache prune --limit 0      remove all that is not in use",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "action",
        metavar="ACTION",
        nargs="?",
        choices=ACTIONS,
        default=SUMMARY,
        help=f"{SUMMARY}, {LIST} or {PRUNE} (default {SUMMARY})",
    )
    parser.add_argument(
        "--limit",
        metavar="SIZE",
        help="size to prune to, such as 500M or 2G, or none for no limit (default: "
        "HBFP_CACHE_LIMIT, or 4G if it is not set)",
    )
