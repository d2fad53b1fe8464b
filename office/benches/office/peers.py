"""What Python's packages take for the works of this bench: peers.py WORK FOLDER."""

import json
import sys
import time
from pathlib import Path

ROWS, COLUMNS = 100_000, 20
PAGES, PARAGRAPHS, SENTENCES = 200, 5, 5
SENTENCE = "The beds along the river were dug twice and sown in the last week of May. "


def cell(row, column):
    number = row * COLUMNS + column
    return f"word {number % 5000}" if column % 2 == 0 else number + 0.5


def xlsx_write(folder):
    from openpyxl import Workbook

    begun = time.perf_counter()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    for row in range(1, ROWS + 1):
        sheet.append([cell(row, column) for column in range(1, COLUMNS + 1)])
    book.save(folder / "peer.xlsx")
    return begun, folder / "peer.xlsx"


def xlsx_read(folder):
    from openpyxl import load_workbook

    begun = time.perf_counter()
    book = load_workbook(folder / "read.xlsx", read_only=True)
    cells = sum(len(row) for row in book.active.iter_rows(values_only=True))
    assert cells == ROWS * COLUMNS
    return begun, None


def xlsx_calamine(folder):
    from python_calamine import CalamineWorkbook

    begun = time.perf_counter()
    rows = CalamineWorkbook.from_path(folder / "read.xlsx").get_sheet_by_index(0).to_python()
    assert len(rows) * len(rows[0]) == ROWS * COLUMNS
    return begun, None


def docx_write(folder):
    from docx import Document

    begun = time.perf_counter()
    document = Document()
    for page in range(1, PAGES + 1):
        if page > 1:
            document.add_page_break()
        document.add_heading(f"Chapter {page}", level=1)
        for _ in range(PARAGRAPHS):
            document.add_paragraph(SENTENCE * SENTENCES)
    document.save(folder / "peer.docx")
    return begun, folder / "peer.docx"


def pdf_write(folder):
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

    begun = time.perf_counter()
    styles = getSampleStyleSheet()
    blocks = []
    for page in range(1, PAGES + 1):
        if page > 1:
            blocks.append(PageBreak())
        blocks.append(Paragraph(f"Chapter {page}", styles["Heading1"]))
        blocks += [Paragraph(SENTENCE * SENTENCES, styles["BodyText"]) for _ in range(PARAGRAPHS)]
    SimpleDocTemplate(str(folder / "peer.pdf")).build(blocks)
    return begun, folder / "peer.pdf"


def csv_read(folder):
    import csv

    begun = time.perf_counter()
    with open(folder / "read.csv", newline="", encoding="utf-8") as file:
        cells = sum(len(row) for row in csv.reader(file))
    assert cells > 1_000_000
    return begun, None


def csv_to_xlsx(folder):
    import csv
    from datetime import date

    from openpyxl import Workbook

    begun = time.perf_counter()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    with open(folder / "read.csv", newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        sheet.append(next(rows))
        for number, day, place, remark, price in rows:
            sheet.append([int(number), date.fromisoformat(day), place, remark, float(price)])
    book.save(folder / "peer.xlsx")
    return begun, folder / "peer.xlsx"


begun, made = globals()[sys.argv[1]](Path(sys.argv[2]))
seconds = time.perf_counter() - begun
# What the system tells of children counts the memory of the process that began them, too.
status = Path("/proc/self/status").read_text().splitlines()
peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
size = made.stat().st_size if made else 0
print(json.dumps({"seconds": seconds, "peak_kib": peak, "bytes": size}))
