"""The one-page PDF: one A4 page, readable text, the same bytes twice, whole or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from pypdf import PdfReader
from report_examples import LEFT_KNEE, a_finding, a_trend

from ltme_clinic import INTENDED_USE
from ltme_clinic.report import pdf, write_patient_report

DAY = date(2026, 3, 2)


def text_of(path) -> str:
    reader = PdfReader(path)
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


def test_the_page_holds_the_finding_the_trends_where_they_come_from_and_what_they_are_for(tmp_path) -> None:
    finding = a_finding(body_parts=(LEFT_KNEE,), sentence="The walk is unusual in the left knee.")
    path = write_patient_report(
        tmp_path / "report.pdf",
        patient="VP-001",
        origin="virtual",
        finding=finding,
        trends=[a_trend()],
        generated_on=DAY,
        software_version="9.8.7",
    )
    page = text_of(path)
    for expected in (
        "Patient VP-001",
        "SYNTHETIC",
        "The walk is unusual in the left knee.",
        "all 40 reference people",
        "Left knee, mid-swing",
        "Real change, away from the reference",
        "2026-03-02",
        "LTME Clinic 9.8.7",
        "abababababab",
        "40 virtual people",
        "A rank, not p",
        INTENDED_USE,
    ):
        assert expected in page


def test_indices_and_steps_stand_on_a_second_page(tmp_path) -> None:
    gps = a_trend(metric="gps_deg", title="Gait Profile Score")
    missing = a_trend(
        metric="left_gdi", title="Gait Deviation Index, left", points=(), sentence="GDI: the age is asked."
    )
    path = write_patient_report(
        tmp_path / "report.pdf",
        patient="VP-001",
        origin="virtual",
        finding=a_finding(),
        trends=[a_trend(), gps, missing],
        generated_on=DAY,
    )
    first, second = (" ".join(page.extract_text().split()) for page in PdfReader(path).pages)
    assert "Gait Profile Score" not in first
    assert "Gait Profile Score (deg) 2.0 4.0 +2.0 ±1.1 Real change, away from the reference" in second
    for expected in ("SYNTHETIC", "one in twenty", "GDI: the age is asked.", INTENDED_USE):
        assert expected in second


def test_the_page_is_a4(tmp_path) -> None:
    path = write_patient_report(tmp_path / "r.pdf", patient="C-1", origin="measured", finding=None, generated_on=DAY)
    box = PdfReader(path).pages[0].mediabox
    assert float(box.width) == pytest.approx(595.3, abs=1)
    assert float(box.height) == pytest.approx(841.9, abs=1)


def test_a_patient_without_findings_or_trends_gets_a_page_that_says_why(tmp_path) -> None:
    path = write_patient_report(tmp_path / "r.pdf", patient="C-1", origin="measured", finding=None, generated_on=DAY)
    page = text_of(path)
    assert "There is no finding for this patient yet" in page
    assert "a trend needs at least two dated visits" in page
    assert "SYNTHETIC" not in page


def test_refusals_and_the_label_of_a_mixed_comparison_are_printed(tmp_path) -> None:
    finding = a_finding(
        recording_origin="measured",
        p_value=None,
        rank=None,
        smallest_p=None,
        label="against a virtual reference",
        refusals=("A measured recording is never ranked among virtual people.",),
    )
    page = text_of(
        write_patient_report(tmp_path / "r.pdf", patient="C-1", origin="measured", finding=finding, generated_on=DAY)
    )
    assert "against a virtual reference" in page
    assert "never ranked among virtual people" in page
    assert "Not ranked: no p-value" in page


def test_what_a_trend_left_out_is_printed_once(tmp_path) -> None:
    reason = "visit 2024-01-25 is left out: walking speed 0.58 m/s is outside the reference"
    trends = [a_trend(refusals=(reason,)), a_trend(refusals=(reason,))]
    path = write_patient_report(
        tmp_path / "r.pdf", patient="VP-004", origin="virtual", finding=a_finding(), trends=trends, generated_on=DAY
    )
    assert text_of(path).count("Visit 2024-01-25 is left out") == 1


def test_undated_visits_give_one_reason_instead_of_empty_panels(tmp_path) -> None:
    empty = a_trend(
        points=(), mdc=None, state="not_assessable", refusals=("visit undated is left out: it has no date",)
    )
    path = write_patient_report(
        tmp_path / "r.pdf", patient="C-1", origin="measured", finding=None, trends=[empty, empty], generated_on=DAY
    )
    page = text_of(path)
    assert page.count("The undated visit is left out: it has no date.") == 1
    assert "Can't be assessed" not in page


def test_the_same_values_and_date_give_the_same_bytes() -> None:
    same = {"patient": "VP-001", "origin": "virtual", "finding": a_finding(), "trends": [a_trend()]}
    assert pdf.patient_report_pdf(**same, generated_on=DAY) == pdf.patient_report_pdf(**same, generated_on=DAY)


def test_a_page_that_cannot_be_written_leaves_the_old_one_and_no_rubbish(tmp_path, monkeypatch) -> None:
    target = tmp_path / "r.pdf"
    target.write_bytes(b"old")

    def full_disk(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(pdf.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_patient_report(target, patient="C-1", origin="measured", finding=None, generated_on=DAY)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["r.pdf"]


def test_a_long_sentence_stays_within_its_place(tmp_path) -> None:
    finding = a_finding(sentence="word " * 400)
    path = write_patient_report(tmp_path / "r.pdf", patient="C-1", origin="virtual", finding=finding, generated_on=DAY)
    assert "..." in text_of(path)
