"""Reads and writes workbooks of OpenDocument with odfpy.

    python opendocument.py read FILE    tells sheets, names and cells as JSON
    python opendocument.py write FILE   writes one with what ours must read or name
"""

import json
import sys

from odf import number, office, style, table, text
from odf.opendocument import OpenDocumentSpreadsheet, load


def said(element):
    return "\n".join(str(line) for line in element.getElementsByType(text.P))


def read(path):
    document = load(path)
    assert document.mimetype == "application/vnd.oasis.opendocument.spreadsheet"
    bold = {
        one.getAttribute("name")
        for one in document.automaticstyles.getElementsByType(style.Style)
        for looks in one.getElementsByType(style.TextProperties)
        if looks.getAttribute("fontweight") == "bold"
    }
    sheets = {}
    for sheet in document.spreadsheet.getElementsByType(table.Table):
        cells, row = {}, 0
        for line in sheet.getElementsByType(table.TableRow):
            column = 0
            for cell in line.getElementsByType(table.TableCell):
                of = {
                    "type": cell.getAttribute("valuetype"),
                    "value": cell.getAttribute("value") or cell.getAttribute("datevalue"),
                    "formula": cell.getAttribute("formula"),
                    "shown": said(cell),
                    "bold": cell.getAttribute("stylename") in bold,
                }
                if of["type"]:
                    cells[f"{chr(65 + column)}{row + 1}"] = of
                column += int(cell.getAttribute("numbercolumnsrepeated") or 1)
            row += int(line.getAttribute("numberrowsrepeated") or 1)
        sheets[sheet.getAttribute("name")] = cells
    names = {
        one.getAttribute("name"): one.getAttribute("cellrangeaddress")
        for one in document.spreadsheet.getElementsByType(table.NamedRange)
    }
    titles = [node for node in document.meta.childNodes if node.qname[1] == "title"]
    print(json.dumps({"sheets": sheets, "names": names, "title": str(titles[0])}))


def write(path):
    document = OpenDocumentSpreadsheet()
    bold = style.Style(name="loud", family="table-cell")
    bold.addElement(style.TextProperties(fontweight="bold"))
    document.styles.addElement(bold)
    days = number.DateStyle(name="days")
    for part in [number.Day(), number.Text(text="."), number.Month(style="long")]:
        days.addElement(part)
    document.automaticstyles.addElement(days)
    day = style.Style(name="day", family="table-cell", datastylename="days")
    document.automaticstyles.addElement(day)
    sheet = table.Table(name="Größe & more")

    def line(*cells):
        row = table.TableRow()
        for of, shown in cells:
            cell = table.TableCell(**of)
            if shown:
                cell.addElement(text.P(text=shown))
            row.addElement(cell)
        sheet.addElement(row)

    line(({"valuetype": "string", "stylename": "loud"}, "Item"), ({"valuetype": "string"}, "Price"))
    line(({"valuetype": "string"}, "Tiles שלום 👩‍🚀"), ({"valuetype": "float", "value": 420.5}, "420,5"),
         ({"valuetype": "date", "datevalue": "2026-01-31", "stylename": day}, "31.01"))
    line(({"valuetype": "string"}, "Work"), ({"valuetype": "float", "value": 480}, "480"))
    formula = "of:=SUM([.B2:.B3])"
    line(({}, ""), ({"valuetype": "float", "value": 900.5, "formula": formula}, "900,5"))
    formula = 'of:=COM.MICROSOFT.IFS([.B4]>1;"much";TRUE();"little")'
    line(({"numbercolumnsspanned": 2}, ""), ({"valuetype": "string", "formula": formula}, "much"))
    document.spreadsheet.addElement(sheet)
    other = table.Table(name="Other")
    row = table.TableRow()
    formula = "of:=[$'Größe & more'.B4]*2"
    row.addElement(table.TableCell(valuetype="float", value=1801, formula=formula))
    cell = table.TableCell(valuetype="boolean", booleanvalue="true")
    cell.addElement(office.Annotation())
    row.addElement(cell)
    other.addElement(row)
    document.spreadsheet.addElement(other)
    names = table.NamedExpressions()
    area = "$'Größe & more'.$B$2:.$B$3"
    names.addElement(table.NamedRange(name="Prices", cellrangeaddress=area))
    document.spreadsheet.addElement(names)
    document.save(path)


{"read": read, "write": write}[sys.argv[1]](sys.argv[2])
