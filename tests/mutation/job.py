"""Jobs of a hunt as a JSON file: compiled designs, their mutants, and the vectors that they get."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.cosim.vectors.gemm import LongProduct
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.design import Design


@dataclass(frozen=True)
class DesignJob:
    """One design whose mutants are hunted.

    Members:
        library: Compiled design, or the bundle that contains it.
        compiled: Description of what the library contains.
        prefix: Prefix of the design's streams in a bundle; empty for a design compiled alone.
        description: Description of the design.
        design: The design with its mutants, for the core; None for other units.
        mutants: Numbers of the mutants.
        rounds: Vectors of each round, or the long products of a round.
    """

    library: Path
    compiled: DesignDescription
    prefix: str
    description: DesignDescription
    design: Design | None
    mutants: Sequence[int]
    rounds: Sequence[int | LongProduct]


@dataclass(frozen=True)
class HuntJob:
    """Designs whose mutants are hunted by one process.

    Members:
        designs: The designs.
        seed: Seed of all rounds.
        quick: Whether to use the vectors of the quick test suite, which does not compare cycles.
    """

    designs: Sequence[DesignJob]
    seed: list[int]
    quick: bool

    def save(self, path: Path) -> None:
        """Write the job to a file."""
        designs = [
            vars(each)
            | {
                "library": str(each.library),
                "compiled": each.compiled.to_json(),
                "description": each.description.to_json(),
                "design": each.design.to_json() if each.design else None,
            }
            for each in self.designs
        ]
        path.write_text(json.dumps({"designs": designs, "seed": self.seed, "quick": self.quick}))

    @classmethod
    def load(cls, path: Path) -> "HuntJob":
        """Read a job from its file."""
        content = json.loads(path.read_text())
        designs = [
            DesignJob(
                library=Path(each["library"]),
                compiled=DesignDescription.from_json(each["compiled"]),
                prefix=each["prefix"],
                description=DesignDescription.from_json(each["description"]),
                design=Design.from_json(each["design"]) if each["design"] else None,
                mutants=each["mutants"],
                rounds=[n if isinstance(n, int) else LongProduct(*n) for n in each["rounds"]],
            )
            for each in content["designs"]
        ]
        return cls(designs, content["seed"], content["quick"])
