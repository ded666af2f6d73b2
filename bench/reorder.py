"""Write a folder of CSV files again with other bytes but the same records: `python -m bench.reorder IN OUT`."""

import sys
from pathlib import Path

import polars as pl


def reorder(source: Path, target: Path) -> None:
    """
    Shuffle the rows of each file and quote every value.

    Blank values stay blank, and the manifest stays as it is: it is about the files.
    """
    target.mkdir(parents=True)
    for path in sorted(source.glob("*.csv")):
        frame = pl.read_csv(path, infer_schema=False)
        if path.stem == "manifest":
            frame.write_csv(target / path.name)
        else:
            shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
            shuffled.write_csv(target / path.name, quote_style="non_numeric")


if __name__ == "__main__":
    reorder(Path(sys.argv[1]), Path(sys.argv[2]))
