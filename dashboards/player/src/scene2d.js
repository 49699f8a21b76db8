// The same body drawn flat, for browsers without WebGL: seen from far away along the chosen direction.
import * as look from "./look.js";

export class Scene2D {
  constructor(canvas, clip, body, path, reference) {
    this.context = canvas.getContext("2d");
    if (!this.context) throw new Error("this browser offers neither WebGL nor a 2D canvas");
    this.slots = clip.slots;
    this.bones = clip.bones;
    this.path = path;
    this.height_m = body.height();
    this.bodies = reference ? [[reference, true], [body, false]] : [[body, false]];
    this.points = new Float32Array(clip.slots.length * 3);
    this.seen = new Uint8Array(clip.slots.length);
    this.follow = true;
    this.setView(clip.view);
  }

  setFollow(follow) {
    this.follow = follow;
  }

  setView(name) {
    this.view = name;
    const [x, y, z] = look.VIEWS[name].from;
    this.turn = Math.atan2(y, x);
    this.tilt = Math.atan2(z, Math.hypot(x, y));
  }

  // Walker's metres to pixels: x to the right of the picture, y up it, looking against the view's direction.
  #project(slot, place) {
    const [px, py, z] = this.points.subarray(slot * 3, slot * 3 + 3);
    const [c, s] = [Math.cos(place.heading), Math.sin(place.heading)];
    const x = place.x + c * px - s * py;
    const y = place.y + s * px + c * py;
    const right = -Math.sin(this.turn) * x + Math.cos(this.turn) * y;
    const toward = Math.cos(this.turn) * x + Math.sin(this.turn) * y;
    const up = Math.cos(this.tilt) * (z - this.height_m / 2) - Math.sin(this.tilt) * toward;
    return [this.width / 2 + right * this.scale, this.height / 2 - up * this.scale];
  }

  draw(frame) {
    const { context } = this;
    const [now, extent] = [this.path.at(frame), this.path.extent()];
    const place = this.follow ? { x: 0, y: 0, heading: 0 } : { ...now, x: now.x - extent.x, y: now.y - extent.y };
    this.scale = this.height / (1.25 * this.height_m + (this.follow ? 0 : 2 * extent.radius));
    context.fillStyle = look.BACKGROUND;
    context.fillRect(0, 0, this.width, this.height);
    for (const [body, isReference] of this.bodies) {
      body.at(frame, this.points, this.seen);
      this.#drawBones(place, isReference);
      this.#drawMarkers(place, isReference);
    }
  }

  #drawBones(place, isReference) {
    this.context.lineWidth = Math.max(2, 2 * look.BONE_RADIUS_M * this.scale);
    this.context.lineCap = "round";
    for (const [a, b] of this.bones) {
      if (!this.seen[a] || !this.seen[b]) continue;
      const side = isReference ? "reference" : look.sideOfBone(this.slots[a], this.slots[b]);
      this.context.strokeStyle = look.COLOURS[side];
      this.context.beginPath();
      this.context.moveTo(...this.#project(a, place));
      this.context.lineTo(...this.#project(b, place));
      this.context.stroke();
    }
  }

  #drawMarkers(place, isReference) {
    this.slots.forEach((slot, i) => {
      if (!this.seen[i]) return;
      this.context.fillStyle = look.COLOURS[isReference ? "reference" : look.sideOf(slot)];
      this.context.beginPath();
      this.context.arc(...this.#project(i, place), Math.max(2, look.markerRadius(slot) * this.scale), 0, 2 * Math.PI);
      this.context.fill();
    });
  }

  resize(width, height) {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.context.canvas.width = Math.round(width * ratio);
    this.context.canvas.height = Math.round(height * ratio);
    [this.width, this.height] = [this.context.canvas.width, this.context.canvas.height];
  }

  onOrbit() {}

  dispose() {}
}
