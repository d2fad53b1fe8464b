"""Reads and writes decks with python-pptx.

    python deck.py read FILE    tells the slides of a .pptx as JSON
    python deck.py write FILE   writes a .pptx with what ours must read or name
"""

import io
import json
import struct
import sys
import zlib


def shown(shape):
    told = {"name": shape.name, "type": str(shape.shape_type), "place": None}
    told["area"] = [shape.left, shape.top, shape.width, shape.height]
    told["alt"] = shape._element._nvXxPr.cNvPr.get("descr")
    if shape.is_placeholder:
        told["place"] = shape.placeholder_format.idx
    if shape.has_text_frame:
        told["text"] = [[p.level, p.text] for p in shape.text_frame.paragraphs]
        runs = [run for p in shape.text_frame.paragraphs for run in p.runs]
        told["bold"] = [run.text for run in runs if run.font.bold]
        told["links"] = [run.hyperlink.address for run in runs if run.hyperlink.address]
    if getattr(shape, "has_table", False) and shape.has_table:
        told["table"] = [[cell.text for cell in row.cells] for row in shape.table.rows]
    if getattr(shape, "has_chart", False) and shape.has_chart:
        chart = shape.chart
        plot = chart.plots[0]
        told["chart"] = {
            "sort": str(chart.chart_type),
            "title": chart.chart_title.text_frame.text if chart.has_title else None,
            "categories": list(plot.categories),
            "series": [[series.name, list(series.values)] for series in plot.series],
            "workbook": len(chart.part.chart_workbook.xlsx_part.blob),
        }
    if shape.shape_type is not None and str(shape.shape_type).startswith("GROUP"):
        told["shapes"] = [shown(inner) for inner in shape.shapes]
    return told


def read(path):
    import pptx

    deck = pptx.Presentation(path)
    slides = []
    for slide in deck.slides:
        notes = slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else None
        title = slide.shapes.title
        slides.append(
            {
                "name": slide.name,
                "layout": slide.slide_layout.name,
                "title": title.text_frame.text if title is not None else None,
                "notes": notes,
                "shapes": [shown(shape) for shape in slide.shapes],
            }
        )
    properties = deck.core_properties
    told = {
        "title": properties.title,
        "author": properties.author,
        "created": properties.created.isoformat(),
        "size": [deck.slide_width, deck.slide_height],
        "layouts": [layout.name for layout in deck.slide_layouts],
        "slides": slides,
    }
    print(json.dumps(told))


def dot():
    """A picture, forty pixels wide and twenty high."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 40, 20, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x10\x80\x40" * 40) * 20)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def write(path):
    import pptx
    from pptx.chart.data import CategoryChartData, XyChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
    from pptx.util import Inches, Pt

    deck = pptx.Presentation()
    deck.core_properties.title = "Größe & more"
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Roof"
    first.placeholders[1].text = "What it costs"
    first.notes_slide.notes_text_frame.text = "Slowly.\nTwice."
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = "Words"
    frame = second.placeholders[1].text_frame
    frame.text = "one "
    frame.paragraphs[0].add_run().text = "bold"
    frame.paragraphs[0].runs[1].font.bold = True
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "within שלום 👩‍🚀", 1
    third = deck.slides.add_slide(deck.slide_layouts[5])
    third.shapes.title.text = "Numbers"
    data = CategoryChartData()
    data.categories = ["North", "South"]
    data.add_series("Tiles", (420.5, None))
    data.add_series("Slates", (-1, 2))
    area = (Inches(1), Inches(2), Inches(4), Inches(3))
    third.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *area, data)
    points = XyChartData()
    series = points.add_series("Points")
    series.add_data_point(0.5, 2)
    series.add_data_point(1.5, 3)
    third.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, Inches(5), *area[1:], points)
    fourth = deck.slides.add_slide(deck.slide_layouts[6])
    table = fourth.shapes.add_table(2, 2, *area).table
    for row, line in enumerate([["Item", "Price"], ["Tiles", "420.5"]]):
        for column, text in enumerate(line):
            table.cell(row, column).text = text
    fourth.shapes.add_picture(io.BytesIO(dot()), Inches(6), Inches(1), Inches(2), Inches(1))
    said = fourth.shapes.add_textbox(Inches(1), Inches(6), Inches(3), Inches(1)).text_frame
    said.text = "anywhere"
    said.paragraphs[0].runs[0].font.size = Pt(20)
    star = fourth.shapes.add_shape(MSO_SHAPE.STAR_5_POINT, *area)
    star.text_frame.text = "star"
    fourth.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *area)
    deck.save(path)


{"read": read, "write": write}[sys.argv[1]](sys.argv[2])
