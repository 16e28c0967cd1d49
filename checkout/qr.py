"""A proof as a QR picture that any door can read from a screen or from paper: dark on white, as scanners want it."""

import io

import segno


def qr_svg(proof: str) -> bytes:
    """Draw a proof as SVG, for a page."""
    picture = io.BytesIO()
    _code(proof).save(picture, kind="svg", scale=4, border=3, dark="#000", light="#fff", xmldecl=False)
    return picture.getvalue()


def qr_png(proof: str) -> bytes:
    """Draw a proof as PNG, for a mail: few mail programs show SVG."""
    picture = io.BytesIO()
    _code(proof).save(picture, kind="png", scale=4, border=3, dark="#000", light="#fff")
    return picture.getvalue()


def _code(proof: str) -> segno.QRCode:
    return segno.make_qr(proof, error="l", boost_error=False)
