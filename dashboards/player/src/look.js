// Colours and sizes that both drawings share. Left and right are the patient's; the pair is safe for colour-blind eyes.

export const COLOURS = { left: "#D55E00", right: "#0072B2", middle: "#5F6B7A", reference: "#B4BCC6" };
export const BACKGROUND = "#F5F7FA";
export const FLOOR = { fine: "#E1E6EC", coarse: "#CBD3DC", path: "#9AA7B5" };
export const MARKER_RADIUS_M = 0.02;
export const BONE_RADIUS_M = 0.0105;

// Joint centres are computed, not seen by a camera: they are drawn smaller.
export function markerRadius(slot) {
  return slot.endsWith("_centre") ? MARKER_RADIUS_M * 0.7 : MARKER_RADIUS_M;
}

export function sideOf(slot) {
  if (slot.startsWith("left_")) return "left";
  return slot.startsWith("right_") ? "right" : "middle";
}

export function sideOfBone(a, b) {
  return sideOf(a) === sideOf(b) ? sideOf(a) : "middle";
}

// Directions from the body to the camera, in the walker's heading frame (x forward, y to the left, z up).
export const VIEWS = {
  right: { label: "Right side", from: [0, -1, 0.08] },
  left: { label: "Left side", from: [0, 1, 0.08] },
  front: { label: "Front", from: [1, 0, 0.08] },
  back: { label: "Back", from: [-1, 0, 0.08] },
  top: { label: "Top", from: [-0.001, 0, 1] },
  corner: { label: "Oblique", from: [0.75, -0.75, 0.35] },
};
