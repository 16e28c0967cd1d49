"""A proof as a QR picture that any door can read from a screen or from paper."""

import io

import segno


def qr_svg(proof: str) -> bytes:
    """Draw a proof as SVG: dark on white whatever the page's colours, as scanners want it."""
    picture = io.BytesIO()
    segno.make_qr(proof, error="l", boost_error=False).save(
        picture, kind="svg", scale=4, border=3, dark="#000", light="#fff", xmldecl=False
    )
    return picture.getvalue()
