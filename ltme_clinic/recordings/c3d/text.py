"""Text as C3D files hold it: fixed widths, padded, in UTF-8 or in a Western Windows code page."""

from __future__ import annotations

_PADDING = " \0\t\r\n"


def decode_text(stored: bytes) -> str:
    """One string: UTF-8 if it is that, else cp1252; padding and whatever follows a NUL removed."""
    try:
        text = stored.decode("utf-8")
    except UnicodeDecodeError:
        text = stored.decode("cp1252", "replace")
    return _unpadded(text)


def decode_texts(stored: bytes, width: int, count: int) -> tuple[str, ...]:
    """`count` strings of `width` bytes each."""
    if width == 0:
        return ("",) * count
    if not stored.isascii():
        return tuple(decode_text(stored[start : start + width]) for start in range(0, width * count, width))
    text = stored.decode("ascii")  # one decoding for the whole list: files hold hundreds of labels
    parts = [text[start : start + width].strip(_PADDING) for start in range(0, width * count, width)]
    if "\0" in text:
        parts = [_unpadded(part) for part in parts]
    return tuple(parts)


def _unpadded(text: str) -> str:
    text = text.strip(_PADDING)
    return text.partition("\0")[0].rstrip(_PADDING) if "\0" in text else text
