"""A register in openpyxl, as `openpyxl.rs` calls it: workbook.py write CSV XLSX NUMBER,NUMBER... or workbook.py read XLSX

Prints as JSON: openpyxl's version, the seconds it took, the most memory it held in bytes, and what it held before it
began.
"""

import csv
import json
import sys
import time

import lxml.etree  # noqa: F401 (openpyxl writes faster where it is there)
import openpyxl


def write(file, to, numbers):
    """Writes the cells of our two sheets. The last column of the file is the household's id; those named hold numbers."""
    numbers = {int(number) for number in numbers.split(",")}
    book = openpyxl.Workbook(write_only=True)
    report, data = book.create_sheet("Danh sách hộ"), book.create_sheet("du_lieu")
    with open(file, encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines)
        *heads, _ = next(rows)
        report.append(heads)
        data.append(["code", "line", *heads])
        for *texts, household in rows:
            cells = [int(text) if at in numbers and text else text or None for at, text in enumerate(texts)]
            report.append(cells)
            data.append([household, "unit", *cells])
    book.save(to)


def read(file):
    """Reads every cell of the first sheet."""
    book = openpyxl.load_workbook(file, read_only=True)
    for _ in book.worksheets[0].iter_rows(values_only=True):
        pass


def memory(name):
    # `resource.getrusage` would begin with the memory of the process that started this one.
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main():
    what, *args = sys.argv[1:]
    before, begun = memory("VmRSS:"), time.perf_counter()
    {"write": write, "read": read}[what](*args)
    took = time.perf_counter() - begun
    print(json.dumps([openpyxl.__version__, took, memory("VmHWM:"), before]))


main()
