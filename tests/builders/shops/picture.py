"""The first bytes of pictures, and a few more: enough for whoever does not draw them."""

from typing import Final

JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 a made picture"
PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR a made picture"
WEBP: Final = b"RIFF\x20\x00\x00\x00WEBPVP8  a made picture"
