"""The rule in NumPy, as `kernel.rs` calls it: numpy_select.py DIR CLASS,RURAL,URBAN...

Prints million households a second (best pass), NumPy's version and how many fall in each class.
"""

import sys
import time
from pathlib import Path

import numpy as np

ABOVE = 3


def classify(net, members, urban, bands):
    person_months = members * np.int64(12)
    under = [net <= np.where(urban, u, r) * person_months for _, r, u in bands]
    return np.select(under, [np.uint8(c) for c, _, _ in bands], default=np.uint8(ABOVE))


def main():
    folder = Path(sys.argv[1])
    bands = [tuple(map(int, arg.split(","))) for arg in sys.argv[2:]]
    net = np.fromfile(folder / "net.i64", dtype="<i8")
    members = np.fromfile(folder / "members.u8", dtype=np.uint8)
    urban = np.fromfile(folder / "urban.u8", dtype=np.uint8).astype(bool)
    best = float("inf")
    end = time.perf_counter() + 0.7
    while best == float("inf") or time.perf_counter() < end:
        begun = time.perf_counter()
        classes = classify(net, members, urban, bands)
        best = min(best, time.perf_counter() - begun)
    print(len(net) / best / 1e6, np.__version__, *np.bincount(classes, minlength=4))


if __name__ == "__main__":
    main()
