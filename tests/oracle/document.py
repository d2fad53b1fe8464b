"""Reads and writes documents with python-docx, and reads PDF files with pypdf and qpdf's library.

    python document.py read FILE    tells paragraphs, tables and notes of a .docx as JSON
    python document.py write FILE   writes a .docx with what ours must read or name
    python document.py pdf FILE     tells pages, bookmarks and links of a .pdf as JSON
"""

import json
import sys


def read(path):
    import docx
    from docx.oxml.ns import qn

    document = docx.Document(path)
    changes = [
        {
            "sort": element.tag.split("}")[1],
            "by": element.get(qn("w:author")),
            "at": element.get(qn("w:date")),
            "text": "".join(it.text for it in element.iter(qn("w:t"), qn("w:delText"))),
        }
        for element in document.element.body.iter(qn("w:ins"), qn("w:del"))
    ]
    paragraphs = [
        {
            "style": paragraph.style.name,
            "text": paragraph.text,
            "bold": [run.text for run in paragraph.runs if run.bold],
            "links": [link.address for link in paragraph.hyperlinks if link.address],
        }
        for paragraph in document.paragraphs
    ]
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    shapes = [
        {
            "width": shape.width,
            "height": shape.height,
            "alt": shape._inline.docPr.get("descr"),
            "bytes": len(document.part.related_parts[blip(shape)].blob),
        }
        for shape in document.inline_shapes
    ]
    properties = document.core_properties
    comments = [{"by": it.author, "text": it.text} for it in document.comments]
    print(
        json.dumps(
            {
                "title": properties.title,
                "author": properties.author,
                "created": properties.created.isoformat(),
                "paragraphs": paragraphs,
                "tables": tables,
                "pictures": shapes,
                "comments": comments,
                "changes": changes,
            }
        )
    )


def blip(shape):
    return shape._inline.graphic.graphicData.pic.blipFill.blip.embed


def write(path):
    import docx

    document = docx.Document()
    document.core_properties.title = "Größe & more"
    document.add_heading("Roof", level=1)
    paragraph = document.add_paragraph("Plain, ")
    paragraph.add_run("bold").bold = True
    paragraph.add_run(" and ")
    paragraph.add_run("slanted").italic = True
    remark = paragraph.add_run(" שלום 👩‍🚀")
    document.add_comment(remark, text="why?", author="Ann")
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Bullet")
    document.add_paragraph("within", style="List Bullet 2")
    document.add_paragraph("first", style="List Number")
    document.add_paragraph("said", style="Intense Quote")
    table = document.add_table(rows=2, cols=2, style="Table Grid")
    for row, line in enumerate([["Item", "Price"], ["Tiles", "420.5"]]):
        for column, text in enumerate(line):
            table.cell(row, column).text = text
    document.add_page_break()
    document.add_heading("Costs", level=2)
    document.sections[0].header.paragraphs[0].text = "head of pages"
    document.save(path)


def middle(picture):
    wide, high = picture.size
    return list(picture.convert("RGB").getpixel((wide // 2, high // 2)))


def pdf(path):
    import pikepdf
    import pypdf

    with pikepdf.open(path) as file:  # what `qpdf --check` says
        problems = [str(problem) for problem in file.check_pdf_syntax()]
        if problems:
            sys.exit(f"{path}: {problems}")
    reader = pypdf.PdfReader(path)

    def titles(items):
        return [titles(it) if isinstance(it, list) else it.title for it in items]

    links = []
    for page in reader.pages:
        for annotation in page.get("/Annots") or []:
            action = annotation.get_object().get("/A")
            links.append(action["/URI"] if action else "within")
    catalog = reader.trailer["/Root"]
    print(
        json.dumps(
            {
                "title": reader.metadata.title,
                "pages": [page.extract_text() for page in reader.pages],
                "outline": titles(reader.outline),
                "links": links,
                "pictures": [
                    {"size": list(it.image.size), "middle": middle(it.image)}
                    for page in reader.pages
                    for it in page.images
                ],
                "tagged": bool(catalog.get("/MarkInfo", {}).get("/Marked")),
                "language": catalog.get("/Lang"),
                "fonts": sorted(
                    {
                        font.get_object()["/BaseFont"].split("+")[-1]
                        for page in reader.pages
                        for font in page["/Resources"]["/Font"].values()
                    }
                ),
            }
        )
    )


{"read": read, "write": write, "pdf": pdf}[sys.argv[1]](sys.argv[2])
