"""Each page in a real browser: what a clinician sees, nothing red, nobody else asked, and a player that plays."""

from __future__ import annotations

import io

import pytest
from dashboard_seed import WORKER, add, identity
from dashboard_walkers import walking_clip
from PIL import Image
from playwright.sync_api import expect
from pypdf import PdfReader

from dashboards.server import start_dashboard
from ltme_clinic import INTENDED_USE
from ltme_clinic.store import Store

pytestmark = pytest.mark.browser


def colours_of(picture: bytes) -> set[tuple[int, int, int]]:
    return set(Image.open(io.BytesIO(picture)).convert("RGB").get_flattened_data())


def wait_until(page, holds, limit_ms: int = 15_000) -> None:
    """Wait for something to come true; a machine that draws slowly is no fault."""
    for _ in range(limit_ms // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    pytest.fail(f"it did not come true within {limit_ms} ms")


def seconds(page) -> float:
    return float(page.locator(".player").get_attribute("data-time"))


def test_the_patient_list_puts_first_who_needs_to_be_looked_at(watched) -> None:
    watched.open("/", "patients. Those who most need")
    page = watched.page
    expect(page.locator("[data-testid=stPageLink]")).to_have_text(["VP-001", "C-007", "VP-004", "VP-002"])
    body = page.locator("[data-testid=stMain]").inner_text()
    assert "Distance from the reference: real change, away from the reference" in body
    assert "1 recording without a patient" in body
    assert INTENDED_USE in body
    page.get_by_text("VP-001", exact=True).first.click()
    page.get_by_role("heading", name="Patient VP-001").wait_for()
    assert "patient=VP-001" in page.url


def test_a_search_leaves_only_those_who_match(watched) -> None:
    watched.open("/", "4 of 4 patients")
    watched.page.get_by_label("Search").fill("straighter")
    watched.page.get_by_label("Search").press("Enter")
    watched.page.get_by_text("1 of 4 patients").wait_for()


def test_one_patient_shows_the_course_the_states_in_words_and_gives_the_report(watched) -> None:
    watched.open("/patient?patient=VP-001", "Over the visits")
    page = watched.page
    body = page.locator("[data-testid=stMain]").inner_text()
    for expected in (
        "Real change, away from the reference",
        "Within measurement error",
        "More unusual than all 60 reference people",
        "SYNTHETIC",
        "2024-09-02",
        INTENDED_USE,
    ):
        assert expected in body
    expect(page.get_by_alt_text("Walking speed over 4 visits: Within measurement error")).to_have_count(1)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report as PDF").click()
    report = PdfReader(waiting.value.path())
    assert len(report.pages) == 2
    assert "VP-001" in report.pages[0].extract_text()


def test_a_measured_patient_against_a_virtual_reference_is_labelled_and_gets_no_p_value(watched) -> None:
    watched.open("/patient?patient=C-007", "Latest finding")
    body = watched.page.locator("[data-testid=stMain]").inner_text()
    assert "Against a virtual reference" in body
    assert "never ranked among virtual people" in body
    assert "p =" not in body
    assert "SYNTHETIC" not in body
    assert "No trend yet" in body


def test_a_patient_without_a_finding_can_ask_for_one(watched) -> None:
    watched.open("/patient?patient=VP-004", "No finding yet")
    watched.page.get_by_role("button", name="Ask for findings and trends").click()
    watched.page.get_by_text("Asked for.").wait_for()


def test_one_visit_shows_the_finding_the_body_parts_the_angles_and_a_player_that_plays(watched) -> None:
    watched.open("/visit?patient=VP-001&visit=2026-03-01", "Joint angles")
    page = watched.page
    player = page.locator(".player")
    player.wait_for()
    expect(player).to_have_attribute("data-drawing", "3d")
    assert len(colours_of(page.locator(".picture").screenshot())) > 30
    assert page.locator(".watermark").inner_text() == "SYNTHETIC"
    expect(page.locator(".interval")).to_have_count(1)
    assert seconds(page) == 0.0
    page.get_by_role("button", name="Play").click()
    wait_until(page, lambda: seconds(page) > 0.1)
    page.get_by_role("button", name="Pause").click()
    body = page.locator("[data-testid=stMain]").inner_text()
    assert "18 degrees straighter" in body
    assert "events outside the recording were dropped" in body
    expect(page.get_by_alt_text("Joint angles, rows by joint")).to_have_count(1)
    expect(page.get_by_alt_text("Map: degrees from the reference")).to_have_count(1)


def test_an_episode_s_button_takes_the_player_there_and_the_keys_step_on(watched) -> None:
    watched.open("/visit?patient=VP-001&visit=2026-03-01", "Trial 1, 1.3 to 2.6 s")
    page = watched.page
    page.get_by_role("button", name="Trial 1, 1.3 to 2.6 s").click()
    page.locator(".player[data-time='1.280']").wait_for()
    page.locator(".player").focus()
    page.keyboard.press("ArrowRight")
    assert seconds(page) == pytest.approx(1.30)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert seconds(page) == pytest.approx(1.26)


def test_another_camera_gives_another_picture(watched) -> None:
    watched.open("/visit?patient=VP-001&visit=2026-03-01", "Joint angles")
    page = watched.page
    page.locator(".player").wait_for()
    side = page.locator(".picture").screenshot()
    page.get_by_role("button", name="Front").click()
    front = page.locator(".picture").screenshot()
    assert side != front
    page.get_by_role("button", name="Right side").click()
    assert colours_of(page.locator(".picture").screenshot()) == colours_of(side)


def test_a_visit_keeps_its_place_when_the_page_is_left_and_entered_again(watched) -> None:
    watched.open("/visit?patient=VP-001&visit=2025-03-03", "Visit of 2025-03-03")
    watched.page.get_by_role("link", name="All visits of VP-001").click()
    watched.page.get_by_role("heading", name="Patient VP-001").wait_for()
    watched.page.get_by_role("link", name="2025-09-01").click()
    watched.page.get_by_role("heading", name="Visit of 2025-09-01").wait_for()


def test_an_exercise_is_described_shown_as_synthetic_and_given_as_a_file(watched) -> None:
    watched.open("/exercises?exercise=squat", "Download C3D")
    page = watched.page
    assert page.locator(".watermark").inner_text() == "SYNTHETIC"
    body = page.locator("[data-testid=stMain]").inner_text()
    assert "Stop at pain" in body
    assert INTENDED_USE in body
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download C3D").click()
    assert waiting.value.suggested_filename.endswith(".c3d")


def test_asking_for_an_exercise_puts_a_request_in_the_store_and_waits_for_it(watched, seeded_store) -> None:
    watched.open("/exercises?exercise=marching", "No demonstration of this exercise yet")
    page = watched.page
    page.get_by_role("button", name="Make the demonstration").click()
    page.get_by_text("Waiting").first.wait_for()
    with Store.open(seeded_store) as store:
        job = store.claim_job(WORKER, kinds=["generate"])
        assert job is not None
        assert job.payload["exercise"] == "marching"
        assert job.payload["params"]["cadence_spm"] == 80.0
        clip = walking_clip(identity("marching"), origin="generated", speed_m_s=0.0)
        add(store, None, None, "marching.c3d", clip)
        store.finish_job(job.id, WORKER, result={"recording_id": identity("marching")})
    page.locator(".player").wait_for()
    assert page.locator(".watermark").inner_text() == "SYNTHETIC"


def test_requests_are_listed_in_words(watched) -> None:
    watched.open("/requests", "Exercise demonstration: squat")
    body = watched.page.locator("[data-testid=stMain]").inner_text()
    assert "Findings and trends: VP-002" in body
    assert "Waiting" in body
    assert "Done" in body
    assert INTENDED_USE in body


def test_an_unknown_patient_in_the_address_is_said_in_words(watched) -> None:
    watched.open("/patient?patient=NOBODY", "Patient NOBODY is not in this store")


def test_a_browser_without_webgl_gets_a_flat_drawing_and_is_told_so(watched) -> None:
    watched.page.add_init_script(
        "const ask = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind.startsWith('webgl') ? null : ask.call(this, kind, ...rest); };"
    )
    watched.open("/visit?patient=VP-001&visit=2026-03-01", "Joint angles")
    watched.page.get_by_text("this browser has no 3D graphics").wait_for()
    assert watched.page.locator(".player").get_attribute("data-drawing") == "2d"
    assert len(colours_of(watched.page.locator(".picture").screenshot())) > 5


def test_a_link_into_a_page_works_as_a_server_s_first_request(page, seeded_store) -> None:
    with start_dashboard(seeded_store) as fresh:
        page.goto(f"{fresh.url}/requests")
        page.get_by_role("heading", name="Requests").wait_for()
        page.get_by_role("link", name="Patients").wait_for()
        page.get_by_text(INTENDED_USE).wait_for()
