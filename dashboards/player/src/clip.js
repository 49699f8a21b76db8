// The bytes that dashboards/player/payload.py writes, opened again: a JSON header, then one block of numbers.

const MISSING = -32768;

export function readClip(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headerLength)));
  const blocks = bytes.slice(4 + headerLength).buffer; // copied, so that typed arrays may start at any offset
  return { ...header, blocks };
}

// Positions of one body, (frame, slot, axis) in tenths of a millimetre, in the walker's heading frame.
export class Body {
  constructor(clip, block) {
    this.slots = clip.slots.length;
    this.frames = clip.frames;
    this.tenths = new Int16Array(clip.blocks, block.offset, this.frames * this.slots * 3);
  }

  // The highest point of the whole clip in metres, for cameras; a plausible person where nothing is seen.
  height() {
    let tallest = 0;
    for (let i = 2; i < this.tenths.length; i += 3) tallest = Math.max(tallest, this.tenths[i]);
    return tallest > 3000 ? tallest / 10000 : 1.7;
  }

  // Writes metres into `target` and 1 or 0 into `seen`; between two frames the points are on the straight line.
  at(frame, target, seen) {
    const first = Math.max(0, Math.min(this.frames - 1, Math.floor(frame)));
    const next = Math.min(this.frames - 1, first + 1);
    const share = Math.max(0, Math.min(1, frame - first));
    const width = this.slots * 3;
    for (let slot = 0; slot < this.slots; slot += 1) {
      const a = first * width + slot * 3;
      const b = next * width + slot * 3;
      seen[slot] = this.tenths[a] === MISSING ? 0 : 1;
      const weight = this.tenths[b] === MISSING ? 0 : share;
      for (let axis = 0; axis < 3; axis += 1) {
        target[slot * 3 + axis] = (this.tenths[a + axis] * (1 - weight) + this.tenths[b + axis] * weight) / 10000;
      }
    }
  }
}

// Where the pelvis is on the laboratory's floor, and where it faces: (frame, 3) of x, y in metres and heading in radians.
export class Path {
  constructor(clip) {
    this.frames = clip.frames;
    this.values = new Float32Array(clip.blocks, clip.path.offset, clip.frames * 3);
  }

  at(frame) {
    const first = Math.max(0, Math.min(this.frames - 1, Math.floor(frame)));
    const next = Math.min(this.frames - 1, first + 1);
    const share = Math.max(0, Math.min(1, frame - first));
    const mix = (axis) => this.values[first * 3 + axis] * (1 - share) + this.values[next * 3 + axis] * share;
    return { x: mix(0), y: mix(1), heading: mix(2) };
  }

  // The middle of the path and half its length: what a standing camera has to see.
  extent() {
    let [lowX, highX, lowY, highY] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let frame = 0; frame < this.frames; frame += 1) {
      const [x, y] = [this.values[frame * 3], this.values[frame * 3 + 1]];
      lowX = Math.min(lowX, x);
      highX = Math.max(highX, x);
      lowY = Math.min(lowY, y);
      highY = Math.max(highY, y);
    }
    return { x: (lowX + highX) / 2, y: (lowY + highY) / 2, radius: Math.hypot(highX - lowX, highY - lowY) / 2 };
  }
}
