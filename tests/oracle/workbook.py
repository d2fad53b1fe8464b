"""Reads and writes workbooks with openpyxl.

    python workbook.py read FILE    tells sheets, names and cells as JSON
    python workbook.py write FILE   writes one with what ours must read or name
"""

import json
import sys

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation


def told(cell):
    value = cell.value
    value = getattr(value, "text", value)  # formulas of arrays
    value = value if isinstance(value, (int, float, str, bool)) else str(value)
    return {"value": value, "bold": bool(cell.font.bold), "format": cell.number_format}


def drawn(chart):
    series = [[one.cat.strRef.f if one.cat else None, one.val.numRef.f] for one in chart.series]
    at = chart.anchor._from
    title = chart.title.tx.rich.paragraphs[0].r[0].t
    return {"type": type(chart).__name__, "title": title, "series": series, "at": [at.row, at.col]}


def said(rule):
    told = {"type": rule.type, "is": rule.operator, "at": str(rule.sqref), "style": rule.errorStyle}
    return told | {"of": [rule.formula1, rule.formula2], "message": rule.error}


def read(path):
    formulas = openpyxl.load_workbook(path)
    values = openpyxl.load_workbook(path, data_only=True)
    sheets, rules, layouts, charts = {}, {}, {}, {}
    for sheet in formulas.worksheets:
        cells = {}
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    shown = values[sheet.title][cell.coordinate].value
                    cells[cell.coordinate] = told(cell) | {"shown": str(shown)}
        sheets[sheet.title] = cells
        widths = {key: of.width for key, of in sheet.column_dimensions.items() if of.customWidth}
        heights = {key: of.height for key, of in sheet.row_dimensions.items() if of.height}
        merged = sorted(str(area) for area in sheet.merged_cells.ranges)
        layouts[sheet.title] = {"widths": widths, "heights": heights, "merged": merged,
            "frozen": sheet.freeze_panes, "filter": sheet.auto_filter.ref}
        charts[sheet.title] = [drawn(chart) for chart in sheet._charts]
        rules[sheet.title] = [said(rule) for rule in sheet.data_validations.dataValidation]
    names = {name: area.attr_text for name, area in formulas.defined_names.items()}
    title = formulas.properties.title
    book = {"sheets": sheets, "names": names, "title": title, "rules": rules, "layouts": layouts}
    print(json.dumps(book | {"charts": charts}))


def write(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Größe & more"
    sheet.append(["Item", "Price", "Since"])
    sheet.append(["Tiles שלום 👩‍🚀", 420.5, None])
    sheet.append(["Work", 480, None])
    sheet["C2"] = 46053
    sheet["C2"].number_format = "yyyy-mm-dd"
    sheet["B4"] = "=SUM(B2:B3)"
    sheet["B5"] = "=_xlfn.IFS(B4>1,\"much\",TRUE,\"little\")"
    sheet["D1"] = True
    sheet["A1"].font = Font(bold=True)
    sheet.merge_cells("E1:F2")
    sheet.column_dimensions["B"].width = 20
    sheet.row_dimensions[3].height = 33
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = "A1:C3"
    other = book.create_sheet("Other")
    other["A1"] = "='Größe & more'!B4*2"
    book.defined_names["Prices"] = DefinedName("Prices", attr_text="'Größe & more'!$B$2:$B$3")
    rule = DataValidation(type="whole", operator="lessThan", formula1="$B$2", showErrorMessage=True)
    rule.error, rule.errorStyle = "Less", "warning"
    rule.add("B6:B9")
    sheet.add_data_validation(rule)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "H1")
    book.save(path)


{"read": read, "write": write}[sys.argv[1]](sys.argv[2])
