"""The bench in words: every yardstick in the same table."""

from __future__ import annotations

from typing import Any

from ltme_clinic.training.bench.detection import MODEL_KIND
from ltme_clinic.training.bench.features import FEATURE_SETS
from ltme_clinic.training.bench.scoring import KINDS

TITLES = {feature.name: feature.title for feature in FEATURE_SETS}
TASK_WORDS = {"unusual": "one visit against healthy people", "changed": "change within a person against retest"}
RECONSTRUCTIONS = {
    "usual_every_slot_seen": "usual laboratory, every slot seen",
    "usual_plug_in_gait_seen": "usual laboratory, Plug-in Gait seen, all slots counted",
    "other_laboratory": "other laboratory, seen slots",
    "other_laboratory_impaired": "other laboratory, impaired, seen slots",
}


def as_text(result: dict[str, Any]) -> str:
    """The bench for people to read."""
    settings = result["settings"]
    trained = result["impairments_of_training"]
    lines = [
        result["title"],
        f"checkpoint {result['fingerprint'][:12]}; {settings['people']} test, {settings['reference_people']} reference "
        f"and {settings['calibration_people']} calibration people, seed {settings['seed']}; {result['walks_lost']} "
        f"walks could not be had, {result['walks_left_out']} lack some figure and are left out",
    ]
    lines += _trained_on(trained, settings["unseen"])
    lines += [*_reconstruction(result), *_curves(result), *_retest(result)]
    for table in result["detection"]:
        lines += _detection(table)
    lines += [*_severities(result), *_strata(result), *_recordings(result)]
    return "\n".join(lines)


def _trained_on(trained: list[str] | None, unseen: list[str]) -> list[str]:
    if trained is None:
        return ["The checkpoint doesn't say which impairments it was trained on: those called unseen may be seen ones."]
    told = sorted(set(trained) & set(unseen))
    return [f"The checkpoint was trained on {', '.join(told)}: not unseen."] if told else []


def _reconstruction(result: dict[str, Any]) -> list[str]:
    lines = ["", "Synthetic reconstruction, mean slot error in mm (same number of floats), and ratio with its interval"]
    for key, words in RECONSTRUCTIONS.items():
        fit = result["reconstruction"][key]
        errors = "  ".join(f"{name} {_number(value)}" for name, value in fit["error_mm"].items())
        ratios = "  ".join(f"to {name} {_interval(value, 3)}" for name, value in fit["ratio_to"].items())
        lines.append(f"  {words:55} {errors}   {ratios}")
    hidden, kept = result["hidden_markers"], result["motion_kept"]
    lines.append(
        f"  {hidden['share']:.0%} of markers hidden, fill alone: hidden ones {_interval(hidden['gaussian_fill_mm'])} mm"
    )
    for name in result["reconstruction"]["other_laboratory"]["error_mm"]:
        row = hidden[name]
        lines.append(
            f"    {name:8} hidden {_number(row['hidden_mm'])} mm, {_interval(row['hidden_to_fill'])} of the fill's; "
            f"visible {_number(row['visible_mm'])} mm, {_interval(row['visible_to_complete'])} of complete"
        )
        angles = "  ".join(f"{key} {_number(value)}" for key, value in kept[name]["angles_deg"].items())
        lines.append(f"             angles of the decoded motion, deg RMS: {angles}")
        lines.append(
            f"             stride-time CV over the original's: {_interval(kept[name]['stride_time_cv_ratio'])}"
        )
    return lines


def _curves(result: dict[str, Any]) -> list[str]:
    curves = result["joint_curves"]
    lines = [
        "",
        "Synthetic joint curves against the truth, deg RMS "
        f"(healthy people differ by {curves['spread_between_healthy_deg']:.2f})",
    ]
    for group, row in curves.items():
        if isinstance(row, dict):
            values = "   ".join(f"{TITLES[name]} {_interval(value)}" for name, value in row.items())
            lines.append(f"  {group:8} {values}")
    r2 = "   ".join(f"{TITLES[name]} {value:.3f}" for name, value in result["speed_r2"].items())
    lines.append(f"  speed R2   {r2}")
    for target, row in result["side_accuracy"].items():
        values = "   ".join(f"{TITLES[name]} {value:.2f}" for name, value in row.items() if value is not None)
        lines.append(f"  side told where z-max reaches {target}   {values or 'too few people'}")
    return lines


def _retest(result: dict[str, Any]) -> list[str]:
    lines = [
        "",
        "Synthetic retest with markers placed anew, mean ICC(A,1) of up to 8 leading directions: principal ones; "
        "those in which people differ most against their own visits",
    ]
    return lines + [
        f"  {TITLES[name]:28} {_interval(row['mean'], 3)}   {_interval(row['repeatable'], 3)}"
        for name, row in result["retest"].items()
    ]


def _detection(table: dict[str, Any]) -> list[str]:
    lines = [
        "",
        f"Synthetic AUROC, {TASK_WORDS[table['task']]}, {table['reference_people']} reference people, "
        f"severities where z-max of measured curves reaches {table['target']:g}",
        f"  {'':28} {'unseen: ' + ', '.join(KINDS):42} {'seen'}",
    ]
    for name, title in TITLES.items():
        cells = [_kinds(table[group]["means"][name]) if group in table else "" for group in ("unseen", "seen")]
        lines.append(f"  {title:28} {cells[0]:42} {cells[1]}")
    for group in ("unseen", "seen"):
        if group in table:
            part = table[group]
            lines.append(
                f"  {group}: model minus best yardstick ({part['best_yardstick']}) {_interval(part['minus_best'], 3)}; "
                f"minus each impairment's best {_interval(part['minus_best_of_each'], 3)}; "
                f"of the distance to the true curves {_interval(part['share_of_distance'])}"
            )
    return lines


def _severities(result: dict[str, Any]) -> list[str]:
    lines = ["", "Severities, by z-max of measured curves on calibration people"]
    for name, found in result["severities"].items():
        values = "   ".join(
            f"{row['target']:g}: {row['severity']:.2f}" + ("" if row["reached"] else f" (AUROC {row['auroc']:.2f})")
            for row in found
        )
        lines.append(f"  {name:28} {values}")
    return lines


def _strata(result: dict[str, Any]) -> list[str]:
    lines = [
        "",
        "Synthetic: where it fails. Healthy reference people, other laboratory: slots seen, mm; joint curves, deg",
    ]
    for row in result["strata"]:
        errors = "   ".join(f"{name} {_interval(value, 1)}" for name, value in row["error_mm"].items())
        curves = "   ".join(f"{TITLES[name]} {_interval(value)}" for name, value in row["curves_deg"].items())
        lines.append(f"  {row['what']:20} {row['band']:22} n {row['people']:<4} {errors}   |   {curves}")
    return lines


def _recordings(result: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if "recordings" in result:
        lines += ["", "Real recordings, mean slot error over the slots seen, mm"]
        for row in result["recordings"]:
            values = "   ".join(f"{key.removesuffix('_mm')} {value:.1f}" for key, value in row.items() if key != "file")
            lines.append(f"  {row['file']:28} {values}")
    return lines + [f"  refused: {line}" for line in result.get("refused", [])]


def _kinds(means: dict[str, Any]) -> str:
    plain = " ".join(_number(means[kind]) for kind in KINDS)
    return f"{plain} ({_number(means[MODEL_KIND], low=True)})"


def _number(figure: dict[str, Any], *, low: bool = False) -> str:
    if figure["value"] is None:
        return "-"
    return f"{figure['low']:.2f}-{figure['high']:.2f}" if low else f"{figure['value']:.2f}"


def _interval(figure: dict[str, Any], digits: int = 2) -> str:
    if figure["value"] is None:
        return "-"
    return f"{figure['value']:.{digits}f} ({figure['low']:.{digits}f} to {figure['high']:.{digits}f})"
