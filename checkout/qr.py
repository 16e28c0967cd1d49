"""A proof as a QR picture that any door can read from a screen or from paper: dark on white, as scanners want it."""

import io

import segno


def qr_svg(proof: str) -> bytes:
    """Draw a proof as SVG, for a page."""
    return _draw(proof, kind="svg", xmldecl=False)


def qr_png(proof: str) -> bytes:
    """Draw a proof as PNG, for a mail: few mail programs show SVG."""
    return _draw(proof, kind="png")


def _draw(proof: str, **options: object) -> bytes:
    picture = io.BytesIO()
    code = segno.make_qr(proof, error="l", boost_error=False)
    code.save(picture, scale=4, border=3, dark="#000", light="#fff", **options)
    return picture.getvalue()
