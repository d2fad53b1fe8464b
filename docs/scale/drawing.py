"""Three pictures, as SVG written by hand: no library, the same bytes on every machine."""

INK, SOFT, LINE, WARM, GREEN = "#22303a", "#6b7a85", "#d6dde2", "#c8553d", "#2f7d5b"
FONT = 'font-family="Inter, Helvetica, Arial, sans-serif"'


class Page:
    def __init__(self, width, height, title):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {FONT}>',
            f"<title>{title}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        ]

    def text(self, x, y, words, size=13, fill=INK, anchor="start", weight=400):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}">{words}</text>')

    def box(self, x, y, width, height, fill, radius=3, stroke="none"):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}" fill="{fill}" stroke="{stroke}"/>')

    def line(self, x1, y1, x2, y2, stroke=LINE, width=1.0, dash=""):
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" stroke-width="{width}"{dashed}/>')

    def path(self, points, stroke, width=1.6):
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{drawn}" fill="none" stroke="{stroke}" stroke-width="{width}" stroke-linejoin="round"/>')

    def done(self):
        return "\n".join(self.parts + ["</svg>"]) + "\n"


def ladder(rows, wanted):
    """How far each part goes before it breaks, on a logarithmic scale, beside what is wanted."""
    import math
    page = Page(900, 90 + 46 * len(rows), "What breaks first")
    low, high, left, wide = 3.7, 7.2, 30, 840
    at = lambda rate: left + (math.log10(rate) - low) / (high - low) * wide
    page.text(30, 30, "What breaks first, in commands a second", 17, weight=600)
    bottom = 62 + 46 * len(rows)
    for exponent in (4, 5, 6, 7):
        page.line(at(10 ** exponent), 48, at(10 ** exponent), bottom)
        page.text(at(10 ** exponent), bottom + 18, f"{10 ** exponent:,}", 12, SOFT, "middle")
    for number, (rate, what, _, _, _) in enumerate(rows):
        y = 58 + 46 * number
        page.box(left, y + 18, at(rate) - left, 14, GREEN if rate >= wanted else WARM)
        page.text(left, y + 12, what)
        page.text(at(rate) + 8, y + 30, f"{rate:,.0f}", 12, INK, weight=600)
    page.line(at(wanted), 48, at(wanted), bottom, INK, 1.5, "5 4")
    page.text(at(wanted) + 6, 46, "wanted", 12, INK)
    return page.done()


def layout(rows, clusters):
    """Who stands where, one square for each machine."""
    page = Page(900, 84 + 64 * len(rows), "The layout")
    page.text(30, 30, "One square is one machine", 17, weight=600)
    said = {"edges": "callers, TLS, HTTP, SSE", "nodes of actors": "own partitions: decide, append, perform effects",
            "brokers": f"{clusters} clusters: each has its partitions' streams, three copies", "projections": "fold each share of the log into rows",
            "databases": "PostgreSQL: a leader and a stand-by for each share"}
    colours = {"edges": "#4c78a8", "nodes of actors": GREEN, "brokers": WARM, "projections": "#b08a3c", "databases": "#7a5c99"}
    y = 66
    for part, _, count, cores, gib, _ in rows:
        page.text(30, y, f"{count} {part}", 14, weight=600)
        page.text(230, y, f"{said[part]} · {cores} cores, {gib} GiB", 13, SOFT)
        for number in range(count):
            page.box(30 + number % 60 * 14, y + 12 + number // 60 * 14, 11, 11, colours[part], 2)
        y += 64
    return page.done()


def timeline(seen, behind, marks):
    """Five minutes: what waits, how long it takes, how far one database lies behind."""
    page = Page(900, 560, "Five minutes with trouble")
    page.text(30, 30, "Five minutes at a million commands a second", 17, weight=600)
    left, wide, seconds = 90, 780, seen[-1][0] + 1
    at = lambda now: left + now / seconds * wide
    panels = [("waiting commands", [(t, w) for t, w, _, _ in seen], WARM), ("p99, ms", [(t, p) for t, _, _, p in seen], "#4c78a8"),
              ("commits one database is behind", behind, "#7a5c99")]
    for number, (name, points, colour) in enumerate(panels):
        top, high = 74 + number * 158, 116
        most = max(value for _, value in points) * 1.05 or 1
        page.text(left, top - 8, name, 13, INK, weight=600)
        for part in (0, 0.5, 1):
            y = top + high * (1 - part)
            page.line(left, y, left + wide, y)
            page.text(left - 8, y + 4, f"{most * part:,.0f}", 11, SOFT, "end")
        page.path([(at(t), top + high * (1 - value / most)) for t, value in points], colour)
    for now, what in marks:
        page.line(at(now), 60, at(now), 506, INK, 1, "3 4")
        page.text(at(now) + 4, 524, what, 11, SOFT)
    page.text(left, 546, "0 s", 11, SOFT)
    page.text(left + wide, 546, f"{seconds:.0f} s", 11, SOFT, "end")
    return page.done()
