"""Reads one C3D file: the order of steps, from bytes to content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ltme_clinic.errors import LtmeError
from ltme_clinic.recordings.c3d.calibration import calibration_of
from ltme_clinic.recordings.c3d.content import DecodedC3D
from ltme_clinic.recordings.c3d.declarations import Declarations, Parameters, declarations, point_scale
from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN, FileBytes
from ltme_clinic.recordings.c3d.header import (
    BLOCK_BYTES,
    KEY,
    Header,
    decode_header,
    guessed_byte_order,
    header_events,
)
from ltme_clinic.recordings.c3d.layout import Layout, decide_layout, frame_warnings
from ltme_clinic.recordings.c3d.numbers import BYTE_ORDERS, INTEL, MIPS, ByteOrder
from ltme_clinic.recordings.c3d.parameters import MOST_SECTION_BYTES, ParameterSection, walk_section
from ltme_clinic.recordings.c3d.signals import Signals, read_signals
from ltme_clinic.recordings.c3d.timing import decide_timing
from ltme_clinic.recordings.c3d.values import descriptions_of, parameters_of
from ltme_clinic.recordings.raw import RawC3D, number, texts

_FIRST_READ_BYTES = 1 << 16
_NO_C3D = "is not a C3D file"
_GIVE_C3D = "Give a trial exported as .c3d"
_CUT_LETTERS = 4


@dataclass(frozen=True)
class _Preamble:
    """What precedes the signals."""

    block: bytes
    order: ByteOrder
    header: Header
    section: ParameterSection
    section_end: int
    warnings: tuple[str, ...]


class C3DReader:
    """Reads C3D files in this process, whatever their bytes: no native code, and every length checked before use.

    It keeps nothing between files; one instance may serve any number of threads.
    """

    def read(self, path: Path) -> RawC3D:
        """The decoded contents of a C3D file.

        Raises
        ------
        LtmeError
            If the path is no regular file, is not a C3D file, is damaged or cut short, changes while it is read, or
            holds neither points nor analogs, or no rate.
        """
        with FileBytes(Path(path)) as file:
            return _read(file)

    def look_at(self, path: Path) -> None:
        """LtmeError at once, however large the file, if its header and parameters are no C3D file's."""
        with FileBytes(Path(path)) as file:
            _preamble(file)


def _read(file: FileBytes) -> RawC3D:
    preamble = _preamble(file)
    header, section = preamble.header, preamble.section
    parameters = parameters_of(section)
    declared = declarations(header, parameters, preamble.section_end, file.size)
    layout = decide_layout(file.name, declared)
    _refuse_lost_parameters(file.name, section, parameters, layout)
    calibration = calibration_of(parameters, layout.channels, is_float=layout.is_float)
    scale, scale_warnings = point_scale(file.name, header, parameters, is_float=layout.is_float)
    decide_timing(file.name, declared, layout, layout.frames)  # refuses before the signals are read
    signals = read_signals(file, layout, preamble.order, scale, calibration)
    file_sha256 = file.finish()
    frames = len(signals.points)
    timing = decide_timing(file.name, declared, layout, frames)
    labels, label_warnings = _whole_labels(parameters)
    return DecodedC3D.of(
        signals,
        file.sha256(),
        source_name=file.name,
        rate_hz=timing.rate_hz,
        first_frame=timing.first_frame,
        point_labels=_padded(labels, layout.points),
        analog_rate_hz=timing.analog_rate_hz,
        analog_labels=_padded(texts(parameters, "ANALOG", "LABELS"), layout.channels),
        parameters=parameters,
        header_events=header_events(preamble.block, preamble.order),
        warnings=(
            *preamble.warnings,
            *frame_warnings(layout, declared, frames),
            *layout.warnings,
            *timing.warnings,
            *scale_warnings,
            *label_warnings,
            *_label_warnings(labels, layout),
            *_flag_warnings(signals),
            *signals.calibration.warnings,
            *_rotation_warnings(declared),
        ),
        descriptions=descriptions_of(section),
        byte_order=preamble.order.name,
        storage="float" if layout.is_float else "integer",
        file_sha256=file_sha256,
    )


def _preamble(file: FileBytes) -> _Preamble:
    """Header and parameters; a file without a parameter section is known by its header's sense."""
    if file.size == 0:
        raise LtmeError(file.name, "the file is empty", EXPORT_AGAIN)
    head = file.head(_FIRST_READ_BYTES)
    if len(head) < 2:
        raise LtmeError(file.name, _NO_C3D, _GIVE_C3D)
    start = (head[0] - 1) * BLOCK_BYTES
    opening = file.head(start + 4)[start : start + 4] if start > 0 else b""
    if head[1] != KEY and not _introduces_parameters(opening):
        raise LtmeError(file.name, _NO_C3D, _GIVE_C3D)
    if len(head) < BLOCK_BYTES or (start > 0 and len(opening) < 4):
        raise LtmeError(file.name, f"is cut off after {file.size} bytes", EXPORT_AGAIN)
    block, warnings = head[:BLOCK_BYTES], []
    is_data = start in _data_starts(block) and not _introduces_parameters(opening)
    order = None if is_data or not opening else BYTE_ORDERS.get(opening[3])
    if order is None:
        order = guessed_byte_order(block)
        if order is None:
            raise LtmeError(file.name, "does not tell its byte order", EXPORT_AGAIN)
        warnings.append(f"the file does not tell its byte order: {order.name} was taken")
    header = decode_header(block, order)
    section, section_end = _section(file, start, opening, header, order)
    if not section.groups:
        warnings.append("the file holds no parameters: its points have no names")
    return _Preamble(block, order, header, section, section_end, (*warnings, *section.warnings))


def _data_starts(block: bytes) -> set[int]:
    """Where the data start by the header, whatever its byte order."""
    return {(order.uint16(block, 16) - 1) * BLOCK_BYTES for order in (INTEL, MIPS)}


def _introduces_parameters(opening: bytes) -> bool:
    """Whether four bytes are those of a parameter section, for a file whose first block lacks the key."""
    return len(opening) == 4 and opening[1] == KEY and opening[3] in BYTE_ORDERS


def _section(
    file: FileBytes, start: int, opening: bytes, header: Header, order: ByteOrder
) -> tuple[ParameterSection, int]:
    """The walked parameter section, and the byte at which it says it ends.

    Its block count may be 0 or too small (one byte holds it); the section then goes on to where the data start.
    """
    nothing = ParameterSection(b"", order, {}, True, ())
    if not opening:
        return nothing, 0
    data_start = (header.data_start_block - 1) * BLOCK_BYTES
    said = start + opening[2] * BLOCK_BYTES
    end = max(said, data_start) if data_start > start or said > start else file.size
    end = min(end, start + MOST_SECTION_BYTES)
    section = walk_section(file.head(end)[start:end], order)
    if (opening[3] not in BYTE_ORDERS or start == data_start) and "POINT" not in section.groups:
        return nothing, 0
    if file.size < said and not section.is_complete:
        raise LtmeError(file.name, f"is cut off after {file.size} bytes", EXPORT_AGAIN)
    return section, said if opening[2] else 0


def _refuse_lost_parameters(name: str, section: ParameterSection, parameters: Parameters, layout: Layout) -> None:
    """A broken chain may have lost what the signals can't be understood without; so may a section that isn't one."""
    if section.is_complete and (section.groups or layout.fills_file):
        return
    lost = not section.groups
    lost = lost or (layout.points > 0 and not texts(parameters, "POINT", "LABELS"))
    lost = lost or (layout.channels > 0 and number(parameters, "ANALOG", "SCALE") is None)
    if lost:
        raise LtmeError(name, "its parameters are damaged", EXPORT_AGAIN)


def _whole_labels(parameters: Parameters) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The points' labels; software of Motion Analysis once cut them to four letters, with the whole in DESCRIPTIONS."""
    labels, whole = texts(parameters, "POINT", "LABELS"), texts(parameters, "POINT", "DESCRIPTIONS")
    company = " ".join(texts(parameters, "MANUFACTURER", "COMPANY")).casefold()
    if "motion analysis" not in company or max(map(len, labels), default=0) > _CUT_LETTERS:
        return labels, ()
    completed = tuple(
        long if len(label) == _CUT_LETTERS and long.startswith(label) and long != label else label
        for label, long in zip(labels, (*whole, *labels[len(whole) :]), strict=False)
    )
    count = sum(one != other for one, other in zip(labels, completed, strict=True))
    return completed, (f"labels of four letters, completed from their descriptions: {count}",) if count else ()


def _label_warnings(labels: tuple[str, ...], layout: Layout) -> tuple[str, ...]:
    return (f"{len(labels)} labels for {layout.points} points",) if len(labels) != layout.points else ()


def _flag_warnings(signals: Signals) -> tuple[str, ...]:
    if not signals.ignores_flags:
        return ()
    return ("every point is flagged as not seen, although positions are stored: these were taken as seen",)


def _rotation_warnings(declared: Declarations) -> tuple[str, ...]:
    return (f"{declared.rotations} stored segment rotations were not read",) if declared.rotations else ()


def _padded(labels: tuple[str, ...], count: int) -> tuple[str, ...]:
    return (labels + ("",) * max(0, count - len(labels)))[:count]
