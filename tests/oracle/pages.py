"""Draws the pages of a .pdf with PDFium, and says what stands on them.

    python pages.py FILE            tells size, ink and text of each page as JSON
    python pages.py FILE FOLDER     leaves a PNG of each page in FOLDER, too

Ink is what is not as light as most of the page: its share of the page, and the box around it as
shares of the page from the left, the top, the left and the top. Colours are those that are no grey
and cover a five-hundredth of the page, each channel rounded down to a multiple of sixteen.
"""

import json
import os
import sys

import pypdfium2 as pdfium


def told(page, place, folder):
    coloured = page.render(scale=1.5).to_pil().convert("RGB")
    picture = coloured.convert("L")
    if folder:
        picture.save(os.path.join(folder, f"{place + 1:03}.png"))
    ground = max(enumerate(picture.histogram()), key=lambda it: it[1])[0]
    dark = picture.point(lambda light: 255 if abs(light - ground) > 24 else 0)
    wide, high = picture.size
    box = dark.getbbox() or (0, 0, 0, 0)
    ink = dark.histogram()[255] / (wide * high)
    shares = [box[0] / wide, box[1] / high, box[2] / wide, box[3] / high]
    text = page.get_textpage().get_text_bounded()
    rounded = coloured.point(lambda light: light // 16 * 16)
    found = rounded.getcolors(wide * high)
    colours = [list(it) for count, it in found if count * 500 > wide * high]
    colours = [it for it in colours if max(it) - min(it) > 32]
    return {
        "size": list(page.get_size()), "ink": ink, "box": shares, "text": text, "colours": colours
    }


def main(path, folder=None):
    document = pdfium.PdfDocument(path)
    pages = [told(document[place], place, folder) for place in range(len(document))]
    print(json.dumps(pages))


main(*sys.argv[1:])
