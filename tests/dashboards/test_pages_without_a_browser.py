"""The pages' logic, run without a browser: empty and missing stores, and a server process that stays light."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from dashboard_seed import ME
from streamlit.testing.v1 import AppTest

from dashboards import server as serving
from dashboards.server import start_dashboard
from dashboards.work_requests import about, progress_line, result_file
from ltme_clinic import INTENDED_USE
from ltme_clinic.store import Store
from ltme_clinic.types import LtmeError

APP = str(serving.APP)


def opened(monkeypatch, location: object, page: str = "") -> AppTest:
    monkeypatch.setenv("LTME_STORE", str(location))
    app = AppTest.from_file(APP, default_timeout=30).run()
    return app.switch_page(page).run() if page else app


def words(app: AppTest) -> str:
    elements = [*app.title, *app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(str(element.value) for element in elements)


def test_without_a_store_the_page_says_how_to_name_one(monkeypatch) -> None:
    app = opened(monkeypatch, "")
    assert not app.exception
    assert "no store is named" in words(app)
    assert "ltme dashboard --store FOLDER" in words(app)


def test_a_place_without_a_store_is_said_in_one_line(monkeypatch, tmp_path) -> None:
    app = opened(monkeypatch, tmp_path / "nothing")
    assert not app.exception
    assert "there is no store here yet" in words(app)


@pytest.mark.parametrize("name", ["patients", "patient", "visit"])
def test_an_empty_store_says_what_to_do_next_on_each_page(monkeypatch, tmp_path, name) -> None:
    Store.open(tmp_path / "empty", create=True).close()
    app = opened(monkeypatch, tmp_path / "empty", f"views/{name}.py")
    assert not app.exception
    assert "ltme demo" in words(app)


def test_the_list_can_be_narrowed_to_those_to_look_at_first(monkeypatch, seeded_store) -> None:
    app = opened(monkeypatch, seeded_store)
    assert "4 of 4 patients" in words(app)
    app.text_input[0].set_value("c-007").run()
    assert not app.exception
    assert "1 of 4 patients" in words(app)
    app.text_input[0].set_value("nobody at all").run()
    assert "Nobody matches" in words(app)


def test_synthetic_and_measured_patients_can_be_told_apart(monkeypatch, seeded_store) -> None:
    app = opened(monkeypatch, seeded_store)
    app.selectbox[0].set_value("Measured").run()
    assert "1 of 4 patients" in words(app)


def test_the_intended_use_is_at_the_foot_even_of_an_empty_list(monkeypatch, tmp_path) -> None:
    Store.open(tmp_path / "empty", create=True).close()
    assert INTENDED_USE in words(opened(monkeypatch, tmp_path / "empty"))


def test_a_twin_that_can_t_be_made_is_refused_with_its_reason(monkeypatch, seeded_store) -> None:
    monkeypatch.setenv("LTME_STORE", str(seeded_store))
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.query_params["patient"], app.query_params["visit"] = "VP-001", "2026-03-01"
    app.switch_page("views/visit.py").run()
    app.toggle(key="twin").set_value(True).run()
    assert not app.exception
    assert "No twin: " in words(app)


def test_indices_and_steps_stand_in_a_table_of_their_own(monkeypatch, seeded_store) -> None:
    monkeypatch.setenv("LTME_STORE", str(seeded_store))
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.query_params["patient"] = "VP-001"
    app.switch_page("views/patient.py").run()
    assert not app.exception
    said = words(app).replace("\\", "")
    row = "| Gait Profile Score (deg) | 2.1 | 5.9 | +3.8 | ±1.5 | **Real change, away from the reference** |"
    assert row in said
    assert "one in twenty" in words(app)


def test_the_pages_never_load_torch() -> None:
    code = (
        "import sys; import dashboards.shell, dashboards.panels, dashboards.attention, dashboards.player, "
        "dashboards.work_requests, dashboards.server; from ltme_clinic.generator import exercises; exercises(); "
        "from ltme_clinic.store import Store; Store.open; import ltme_clinic.pipeline.twin; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=serving.APP.parents[1], check=False).returncode == 0


def test_a_request_hands_out_no_file_from_outside_the_store(seeded_store) -> None:
    with Store.open(seeded_store) as store:
        done = next(job for job in store.jobs(ME) if job.payload.get("exercise") == "squat" and job.state == "done")
        assert result_file(store, done) is not None
        for named in ("../../secret.c3d", "/etc/passwd", "ltme.sqlite", "exports/none.c3d", ""):
            done.result["c3d"] = named
            assert result_file(store, done) is None
        assert about(done) == "Exercise demonstration: squat"
        assert progress_line(done) == "Done"


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path) -> None:
    with socket.socket() as holder:
        holder.bind((serving.HOST, 0))
        holder.listen()
        with pytest.raises(LtmeError, match="Choose another --port"):
            start_dashboard(tmp_path, port=holder.getsockname()[1])


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(serving, "_command", lambda port: [sys.executable, "-c", "raise SystemExit('no such thing')"])
    with pytest.raises(LtmeError, match="no such thing"):
        start_dashboard(tmp_path)


def test_stopping_ends_the_process_and_may_be_done_twice(server, seeded_store: Path) -> None:
    another = start_dashboard(seeded_store)
    assert another.is_healthy()
    assert another.url != server.url
    another.stop()
    another.stop()
    assert another.process.poll() is not None
    assert not another.is_healthy()
