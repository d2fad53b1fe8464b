"""Asks LibreOffice what formulas come to, and writes it beside them.

    python -m venv v && v/bin/pip install openpyxl==3.1.5 && v/bin/python formulas.py VECTORS

VECTORS is the folder of `data.tsv` (sheet, cell, type, content), `names.tsv` (name, area) and
`formulas.tsv` (formula, type, value). The values are made anew: openpyxl writes a workbook without
any, LibreOffice computes it when it converts it, and openpyxl reads what came of it. A fourth
column, in words, is kept: why another value is right here.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import openpyxl
from openpyxl.utils.datetime import to_excel
from openpyxl.workbook.defined_name import DefinedName

# Functions that came after the format: files name them with a prefix.
LATER = set(
    """ACOT ACOTH AGGREGATE ARABIC BASE BETA.DIST BETA.INV BINOM.DIST BINOM.INV BITAND BITLSHIFT
    BITOR BITRSHIFT BITXOR CEILING.MATH CHISQ.DIST CHISQ.DIST.RT CHISQ.INV CHISQ.INV.RT CHISQ.TEST
    COMBINA CONCAT CONFIDENCE.NORM CONFIDENCE.T COT COTH COVARIANCE.P COVARIANCE.S CSC CSCH DAYS
    DECIMAL ERF.PRECISE ERFC.PRECISE EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST FLOOR.MATH
    FORECAST.LINEAR GAMMA GAMMA.DIST GAMMA.INV GAMMALN.PRECISE GAUSS HYPGEOM.DIST IFNA IFS
    ISFORMULA ISOWEEKNUM LOGNORM.DIST LOGNORM.INV MAXIFS MINIFS MODE.SNGL MUNIT NEGBINOM.DIST
    NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC
    PERCENTRANK.EXC PERCENTRANK.INC PERMUTATIONA PHI POISSON.DIST QUARTILE.EXC QUARTILE.INC
    RANK.AVG RANK.EQ RRI SEC SECH SKEW.P STDEV.P STDEV.S SWITCH T.DIST T.DIST.2T T.DIST.RT T.INV
    T.INV.2T T.TEST TEXTJOIN UNICHAR UNICODE VAR.P VAR.S WEIBULL.DIST XOR Z.TEST""".split()
)


def stored(formula):
    """A formula as files have it."""
    whole = r'"(?:[^"]|"")*"|[A-Z][A-Z0-9.]*(?=\()'
    prefixed = lambda found: "_xlfn." + found[0] if found[0] in LATER else found[0]
    return re.sub(whole, prefixed, formula)


def rows(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def content(kind, text):
    if kind == "n":
        return float(text)
    if kind == "b":
        return text == "TRUE"
    return stored(text) if kind == "f" else text


def told(cell):
    """Type and value in words: numbers with all their digits."""
    value = cell.value
    if value is None:
        return "t", ""
    if cell.is_date and not isinstance(value, (int, float, str)):
        value = to_excel(value)
    if isinstance(value, bool):
        return "b", "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return "n", repr(float(value))
    return ("e" if cell.data_type == "e" else "t"), str(value)


def computed(folder, formulas):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Data"
    for _, cell, kind, *text in rows(folder / "data.tsv"):
        sheet[cell] = content(kind, text[0] if text else "")
    for name, area in rows(folder / "names.tsv"):
        book.defined_names[name] = DefinedName(name, attr_text=area)
    asked = book.create_sheet("Asked")
    for number, formula in enumerate(formulas, 1):
        asked.cell(number, 1).value = stored(formula)
    with tempfile.TemporaryDirectory() as there:
        there = pathlib.Path(there)
        book.save(there / "asked.xlsx")
        profile = (there / "profile").as_uri()
        command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx"]
        command += ["--outdir", str(there / "out"), str(there / "asked.xlsx")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        answers = openpyxl.load_workbook(there / "out/asked.xlsx", data_only=True)["Asked"]
        return [told(answers.cell(number, 1)) for number in range(1, len(formulas) + 1)]


def main():
    folder = pathlib.Path(sys.argv[1])
    path = folder / "formulas.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    asked = [line.split("\t") for line in lines if line and not line.startswith("#")]
    answers = iter(computed(folder, [line[0] for line in asked]))
    out = []
    for line in lines:
        if line and not line.startswith("#"):
            formula, *rest = line.split("\t")
            line = "\t".join([formula, *next(answers), *rest[2:]])
        out.append(line)
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


main()
